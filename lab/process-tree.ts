import { readdirSync } from 'node:fs';

import { parentOf } from './process-identity.js';

/** All pids of this machine that we may see. */
export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** A process and all its ancestors. */
export function withAncestors(pid: number): number[] {
  const chain = [pid];
  for (let parent = parentOf(pid); parent !== undefined && parent > 0; parent = parentOf(parent))
    chain.push(parent);
  return chain;
}

/** A process and all its descendants, parents before children. */
export function withDescendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const candidate of allPids()) {
    const parent = parentOf(candidate);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), candidate]);
  }
  const found = [pid];
  // The list grows while it is walked.
  for (const next of found) found.push(...(children.get(next) ?? []));
  return found;
}
