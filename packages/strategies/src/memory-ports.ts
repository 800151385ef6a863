import type { StrategyPort } from "@process-hub/protocol";

/**
 * Two ends of a channel in memory. A message is delivered before `post` returns, once the other end listens; what came earlier waits.
 * Messages are handed over as they are, not copied.
 * Without it a strategy that runs inline would need a real MessagePort, whose messages come a turn later.
 */
export function memoryPorts(): [StrategyPort, StrategyPort] {
  const [here, there] = [new MemoryPort(), new MemoryPort()];
  here.connect(there);
  there.connect(here);
  return [here, there];
}

class MemoryPort implements StrategyPort {
  readonly #early: unknown[] = [];
  #listener: ((message: unknown) => void) | undefined;
  #peer: MemoryPort | undefined;

  connect(peer: MemoryPort): void {
    this.#peer = peer;
  }

  post(message: unknown): void {
    this.#peer?.deliver(message);
  }

  deliver(message: unknown): void {
    if (this.#listener === undefined) this.#early.push(message);
    else this.#listener(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener;
    for (const message of this.#early.splice(0)) listener(message);
  }

  close(): void {
    this.#peer?.connect(new MemoryPort());
    this.#peer = undefined;
    this.#listener = () => {};
  }
}
