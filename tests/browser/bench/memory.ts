// Resident memory of a process and everything below it, from Linux's /proc.

import { readdirSync, readFileSync } from "node:fs";

/** Pages shared between processes count once: each process has its proportional part. */
export function treeBytes(root: number): number {
  return tree(root).reduce((sum, pid) => sum + processBytes(pid), 0);
}

function tree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const parent = parentOf(pid);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

function parentOf(pid: number): number | undefined {
  // the program's name, in parentheses, may itself hold spaces and parentheses
  const fields = read(`/proc/${pid}/stat`)?.split(") ").at(-1)?.split(" ");
  return fields ? Number(fields[1]) : undefined;
}

function processBytes(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? "")?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // the process ended in the meantime
    return undefined;
  }
}

/** The highest of many samples taken while `work` runs. */
export async function peakBytes(root: number, work: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  const sample = () => {
    peak = Math.max(peak, treeBytes(root));
  };
  const timer = setInterval(sample, 50);
  try {
    await work();
    sample();
  } finally {
    clearInterval(timer);
  }
  return peak;
}
