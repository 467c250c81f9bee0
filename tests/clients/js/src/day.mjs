// A scripted day of a user. Every call of the library is told as one line of JSON: {name, ok, problem}. The test that
// started this program answers what only it can do: {ask, ...} on standard output, one line of JSON on standard input.

import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const WAIT_MS = 15000;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

/** What was given to this program: addresses, tokens, a picture. */
export const given = JSON.parse(process.argv[2]);

/** Ask the test to do something; its answer. */
export async function ask(what, more = {}) {
  tell({ ask: what, ...more });
  return JSON.parse((await lines.next()).value);
}

/** Ask again until `wanted` holds; an error when time is up. */
export async function eventually(work, wanted) {
  const end = Date.now() + WAIT_MS;
  for (;;) {
    const got = await work();
    if (wanted(got)) return got;
    if (Date.now() > end) throw new Error(`waited in vain for ${wanted}: ${JSON.stringify(got)?.slice(0, 600)}`);
    await sleep(50);
  }
}

export class Day {
  /** `invoke(name, args)`: one call of the library. `answered(error)`: [status, text] of an error of the library. */
  constructor(invoke, answered) {
    this.invoke = invoke;
    this.answered = answered;
  }

  /** One call. `check` looks at what came and throws; what came is returned in any case. */
  call(name, args = [], check = () => {}) {
    return this.does(name, () => this.invoke(name, args), check);
  }

  /** The same of what is no simple call. */
  async does(name, work, check = () => {}) {
    let got;
    try {
      got = await work();
      await check(got);
      tell({ name, ok: true, problem: null });
    } catch (error) {
      tell({ name, ok: false, problem: String(error?.stack ?? error).slice(0, 1500) });
    }
    return got;
  }

  /** One call that is made again until `wanted` holds. */
  async until(name, args, wanted) {
    let got;
    await this.call(name, args, async (first) => {
      got = wanted(first) ? first : await eventually(() => this.invoke(name, args), wanted);
    });
    return got;
  }

  /** A call that the server refuses, as an error of the library's own kind with this status and text. */
  async refused(name, args, status, text) {
    try {
      await this.invoke(name, args);
      throw new Error(`was not refused with ${status}`);
    } catch (error) {
      const found = this.answered(error);
      const ok = found?.[0] === status && found[1] === text;
      tell({ name, ok, problem: ok ? null : `${JSON.stringify(found)}: ${error?.stack ?? error}` });
    }
  }

  /** Run the parts of the day, each to its end or to its first accident. */
  async run(...parts) {
    for (const part of parts) {
      try {
        await part(this);
      } catch (error) {
        tell({ name: `part ${part.name}`, ok: false, problem: String(error?.stack ?? error).slice(0, 1500) });
      }
    }
  }
}
