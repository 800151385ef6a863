// The examples under load: `npm run rooms` (players at sockets, through a rolling deploy and a kill), `npm run sessions` (callers of a slow model).
// Exits 1 when a caller got what it should not have. Without it they would run at their real size in tests alone.
import { roomsDrill } from "../packages/integration/dist/services/rooms/rooms-drill.js";
import { sessionsDrill } from "../packages/integration/dist/services/sessions/sessions-drill.js";

const drills = {
  rooms: () => roomsDrill({ players: 200, rooms: 20 }, console.log),
  sessions: () => sessionsDrill({ sessions: 2_000, users: 100, tokens: 12 }, console.log),
};
// Each process of a drill is ended with this one.
process.setMaxListeners(0);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
const { wrong, ...figures } = await drills[process.argv[2]]();
for (const line of wrong.slice(0, 20)) console.log(line);
console.log(figures);
process.exit(wrong.length > 0 ? 1 : 0);
