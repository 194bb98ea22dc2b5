/** The name of a file's first scenario: the file's name without its extension. */
export function nameFor(file: string): string {
  return file.replace(/^.*\//, "").replace(/\.toml$/, "");
}

/** A name that no other scenario has, such as "default-2". */
export function proposeName(origin: string, taken: readonly string[]): string {
  const stem = origin.replace(/-\d+$/, "");
  for (let number = 2; ; number += 1) {
    const name = `${stem}-${number}`;
    if (!taken.includes(name)) return name;
  }
}
