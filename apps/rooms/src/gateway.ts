/*
 * One player's socket: what the player does goes to the room, what happens in the room comes back.
 * Without it a process could serve only those rooms that happen to run in it.
 */
import { type ActorRef, type Hub, HubError } from "process-hub";
import { type RawData, WebSocket } from "ws";
import { z } from "zod";
import { Action, Room } from "./room.actor.js";

const Query = z.object({ room: z.string().min(1), player: z.string().min(1), since: z.coerce.number().default(0) });
const Played = Action.omit({ player: true });

/** Serves a socket until it closes. Whatever fails closes it: the player comes back with the number of the last event, and sends again what was not among the events. */
export async function serve(hub: Hub, socket: WebSocket, url: string): Promise<void> {
  const failed = (error: unknown): void => {
    if (socket.readyState === WebSocket.OPEN) console.warn(String(error));
    socket.close(1011);
  };
  // The next event waits until the socket has taken this one: a player who is far too slow gets a `resync`.
  const send = (message: object) => new Promise<void>((sent) => socket.send(JSON.stringify(message), () => sent()));
  socket.on("error", failed);
  socket.pause();
  try {
    const { room: id, player, since } = Query.parse(Object.fromEntries(new URL(url, "ws://rooms").searchParams));
    const room = await hub.get(Room, id);
    if (socket.readyState !== WebSocket.OPEN) return;
    const events = room.subscribe("played", (action, { seq }) => send({ seq, ...action }), {
      since,
      resync: ({ reason, seq }) => send({ resync: reason, seq }),
      ended: ({ reason }) => failed(`the room has ended: ${reason}`),
    });
    socket.on("close", () => events.close());
    // A player who does not know its numbers any more goes on after this one.
    room.ask("last", player).then((last) => send({ last }), failed);
    const heard = async (data: RawData) => play(room, { player, ...Played.parse(JSON.parse(String(data))) });
    socket.on("message", (data) => void heard(data).catch(failed));
  } catch (error) {
    failed(error);
  } finally {
    socket.resume();
  }
}

/** Where nobody knows whether the room has it, since a process has died, it goes there again: the room knows the number. */
async function play(room: ActorRef<typeof Room>, action: Action): Promise<void> {
  try {
    await room.ask("play", action);
  } catch (error) {
    if (!(error instanceof HubError) || !["NodeDown", "OutcomeUnknown"].includes(error.code)) throw error;
    await play(room, action);
  }
}
