// Turns the order of rooms in architecture.mjs into rules of dependency-cruiser.

const escapeRegExp = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Matches the files of a room: the file itself, or everything below the folder. */
const pattern = (path) => (/\.\w+$/.test(path) ? `^${escapeRegExp(path)}$` : `^${escapeRegExp(path)}/`);

/** @param {string} inner @param {string} outer */
const isWithin = (inner, outer) => inner !== outer && inner.startsWith(`${outer}/`);

/**
 * One rule for each room: it may import from no room that stands on its own floor or higher. A room within another's folder is a room of
 * its own.
 *
 * @param {readonly (readonly string[])[]} floors paths of rooms, from the ground up
 * @param {string} base what the paths are relative to, from the repository's root
 */
function rulesOf(floors, base) {
  const all = floors.flatMap((floor, height) =>
    floor.map((name) => ({ name, height, path: base === '' ? name : `${base}/${name}` })),
  );
  return all.map((room) => {
    const forbidden = all.filter((other) => other !== room && other.height >= room.height);
    const allowed = all.filter((other) => other === room || other.height < room.height);
    return {
      name: `${room.path} imports upwards`,
      comment: `architecture.mjs: ${room.name} stands below or beside what it imports`,
      severity: 'error',
      from: {
        path: pattern(room.path),
        pathNot: all.filter((other) => isWithin(other.path, room.path)).map(({ path }) => pattern(path)),
      },
      to: {
        path: forbidden.map(({ path }) => pattern(path)),
        // Rooms on lower floors whose folder lies within a forbidden one, and the room itself.
        pathNot: allowed
          .filter(({ path }) => forbidden.some((other) => isWithin(path, other.path)))
          .map(({ path }) => pattern(path)),
      },
    };
  });
}

/**
 * The rules for packages, and for the rooms within each.
 *
 * @param {readonly (readonly string[])[]} packages
 * @param {Readonly<Record<string, readonly (readonly string[])[]>>} rooms
 */
export function importRules(packages, rooms) {
  const within = Object.entries(rooms).flatMap(([base, floors]) => rulesOf(floors, base));
  return [...rulesOf(packages, ''), ...within].filter(({ to }) => to.path.length > 0);
}
