/**
 * The queues that a flow may use: `handSize` different ones out of `queues`, the same whenever the flow comes. Two
 * flows seldom have the same hand, so that a greedy one leaves the others a queue that it does not fill.
 */
export function dealHand(flow: string, queues: number, handSize: number): readonly number[] {
  const next = hashes(flow);
  const hand: number[] = [];
  for (let dealt = 0; dealt < Math.min(handSize, queues); dealt++) {
    // The n-th card of those that are left: those already dealt are stepped over, in their order.
    let card = next() % (queues - dealt);
    for (const taken of [...hand].sort((a, b) => a - b)) if (card >= taken) card++;
    hand.push(card);
  }
  return hand;
}

/** Numbers of 32 bits that only the text decides: FNV-1a, then a step of xorshift for each. */
function hashes(text: string): () => number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  }
  if (state === 0) state = 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
