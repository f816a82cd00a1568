'use client';
import { useEffect } from 'react';
import { tasks } from '../tasks.js';

export default function Page() {
  useEffect(() => {
    window.run = (task, input) => tasks[task](input);
  }, []);
  return <p>Ready</p>;
}
