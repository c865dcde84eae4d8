/** Park and Miller's generator, 0 ≤ n < 1: even enough to break ties, and the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = (Math.abs(seed) % 2147483646) + 1;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}
