// Minimum Node version for the install; everything after it runs on the pinned Node.
const MINIMUM = { major: 20, minor: 19 };

/** Exits with an error message when this Node is older than the minimum version. */
export function requireSupportedNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM.major || (major === MINIMUM.major && minor >= MINIMUM.minor)) return;
  console.error(
    `headwise: Node ${process.versions.node} is too old, this repository requires Node ${MINIMUM.major}.${MINIMUM.minor} or newer.\n` +
      'Install a current one from https://nodejs.org and run the command again.',
  );
  process.exit(1);
}
