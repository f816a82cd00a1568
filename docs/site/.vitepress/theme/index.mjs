// VitePress' theme, with a font that has Korean: a machine may have none.
import '@fontsource-variable/noto-sans-kr/wght.css';
import DefaultTheme from 'vitepress/theme';
import './style.css';

export default DefaultTheme;
