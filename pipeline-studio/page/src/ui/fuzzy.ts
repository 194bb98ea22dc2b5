/** A score of how well `text` contains the typed characters in order, higher is better; null if it doesn't. */
export function fuzzyScore(text: string, typed: string): number | null {
  const pattern = typed.toLowerCase().replace(/\s+/g, "");
  if (pattern === "") return 0;
  const lower = text.toLowerCase();
  const whole = lower.indexOf(pattern);
  if (whole >= 0) return 1_000 - whole - lower.length / 100;
  let score = 0;
  let from = 0;
  for (const letter of pattern) {
    const at = lower.indexOf(letter, from);
    if (at < 0) return null;
    const startsWord = at === 0 || /[^a-z0-9]/.test(lower[at - 1] ?? "");
    score += startsWord ? 12 : at === from ? 8 : 2;
    from = at + 1;
  }
  return score - lower.length / 100;
}

export function fuzzyFilter<T>(items: readonly T[], typed: string, textOf: (item: T) => string): T[] {
  if (typed.trim() === "") return [...items];
  return items
    .map((item) => ({ item, score: fuzzyScore(textOf(item), typed) }))
    .filter((found): found is { item: T; score: number } => found.score !== null)
    .sort((a, b) => b.score - a.score)
    .map((found) => found.item);
}
