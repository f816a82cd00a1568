// The oldest Node that can start this repository; after the install everything runs on the pinned one.
const OLDEST = { major: 20, minor: 19 };

/** Ends the process with a message that says what to do when this Node is older than the repository supports. */
export function requireSupportedNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return;
  console.error(
    `headwise: Node ${process.versions.node} is too old, this repository needs Node ${OLDEST.major}.${OLDEST.minor} or newer.\n` +
      'Install a current one from https://nodejs.org and run the command again.',
  );
  process.exit(1);
}
