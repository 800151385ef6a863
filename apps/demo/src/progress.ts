/*
 * Shows how far the stream is.
 * Without it a run of minutes would look like a program that hangs.
 */
import { Presets, SingleBar } from "cli-progress";

/** Shows how far the stream is: a bar on a terminal, else a line for every tenth. */
export interface Progress {
  at(told: number): void;
  /** Something happened that the user should see now. */
  say(line: string): void;
  stop(): void;
}

/** A progress display for `total` flights on standard output. */
export function showProgress(total: number): Progress {
  return process.stdout.isTTY ? progressBar(total) : progressLines(total);
}

function progressBar(total: number): Progress {
  const format = "{bar} {percentage}%  {value} of {total} flights  {duration_formatted}  {news}";
  const bar = new SingleBar({ format, hideCursor: true, etaBuffer: 50 }, Presets.shades_classic);
  bar.start(total, 0, { news: "" });
  return {
    at: (told) => bar.update(told),
    say: (news) => bar.update({ news }),
    stop: () => bar.stop(),
  };
}

function progressLines(total: number): Progress {
  let tenths = 0;
  return {
    at(told) {
      if (Math.floor((10 * told) / total) === tenths) return;
      tenths = Math.floor((10 * told) / total);
      console.log(`${tenths * 10} %: ${told.toLocaleString("en-US")} flights told`);
    },
    say: (line) => console.log(line),
    stop: () => undefined,
  };
}
