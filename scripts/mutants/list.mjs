/**
 * Deliberate breakages of the protocols, one line of source each: `find` must stand in `file` exactly once. Each breaks one rule that
 * ARCHITECTURE.md or a comment in the code claims is needed; a checker must notice. Without it nobody would know whether the tests, the
 * model and the campaign can fail.
 */

const routes = "packages/threads/src/mail/routes.ts";
const fates = "packages/threads/src/mail/fates.ts";
const answers = "packages/threads/src/mail/answers.ts";
const delivery = "packages/threads/src/mail/delivery.ts";
const frameHandler = "packages/threads/src/mail/frame-handler.ts";
const forwardingCleanup = "packages/threads/src/mail/forwarding-cleanup.ts";
const forwardings = "packages/threads/src/mail/forwardings.ts";
const source = "packages/threads/src/worker/handoff-source.ts";
const target = "packages/threads/src/worker/handoff-target.ts";
const snapshotOutbox = "packages/threads/src/worker/snapshot-outbox.ts";
const cellMove = "packages/actor/src/cell/cell-move.ts";
const link = "packages/cluster/src/membership/node-link.ts";
const registry = "packages/cluster/src/registry/registry.ts";
const recovery = "packages/cluster/src/lifecycle/recovery.ts";
const reports = "packages/cluster/src/node/thread-messages.ts";

export const mutants = [
  {
    name: "a duplicate gives way to what the records say, and asks nobody",
    file: "packages/cluster/src/lifecycle/duplicate-resolution.ts",
    find: "    if (survivor.author !== confirmedBy && !isFenced()) {",
    put: "    if (false) {",
  },
  {
    name: "a paused actor gives way to what the records say, and asks nobody",
    file: "packages/cluster/src/lifecycle/paused-actors.ts",
    find: "    const isThere = await duplicates.confirmed(id, rival);",
    put: "    const isThere = true;",
  },
  {
    name: "an orphan that this node gave way to is forgotten when others say that the dead node had it no more",
    file: "packages/cluster/src/registry/orphans.ts",
    find: " && !this.#gaveWayTo(spec.id)",
    put: "",
  },
  {
    name: "a late card counts as the newest",
    file: "packages/cluster/src/membership/membership.ts",
    find: "peer?.card.incarnation === card.incarnation && peer.card.number < card.number)",
    put: "peer?.card.incarnation === card.incarnation)",
  },
  {
    name: "a greeting is enough to be let in",
    file: "packages/cluster/src/membership/membership.ts",
    find: "if (askedAtMs !== undefined) this.#answered(card, askedAtMs);",
    put: "this.#answered(card, askedAtMs ?? this.#ports.clock.now());",
  },
  {
    name: "a late heartbeat is a sign of life",
    file: "packages/cluster/src/membership/membership.ts",
    find: "else if (datagram.number > peer.beat) {",
    put: "else if (datagram.number > 0) {",
  },
  {
    name: "an answer given before its node was lost lets it in",
    file: "packages/cluster/src/membership/membership.ts",
    find: "past?.incarnation === incarnation && askedAtMs < past.lostAtMs)",
    put: "past?.incarnation === incarnation && askedAtMs < 0)",
  },
  {
    name: "an answer counts whenever it comes",
    file: "packages/cluster/src/membership/greeter.ts",
    find: "clock.now() - atMs <= answerWithinMs",
    put: "clock.now() - atMs <= answerWithinMs * 1_000",
  },
  {
    name: "a node claims its name by its clock alone",
    file: "packages/cluster/src/membership/greeter.ts",
    find: "Math.max(this.#ports.clock.wallMs(), known + 1)",
    put: "this.#ports.clock.wallMs()",
  },
  {
    name: "a newcomer is not refused by its living namesake",
    file: "packages/cluster/src/membership/namesakes.ts",
    find: "if (isNewcomer) refuse(card, asks);",
    put: "if (isNewcomer && asks === 0) refuse(card, asks);",
  },
  {
    name: "one that was replaced goes on",
    file: "packages/cluster/src/membership/namesakes.ts",
    find: "    replaced(other);\n",
    put: "",
  },
  {
    name: "a datagram counts each time it comes",
    file: "packages/cluster/src/membership/authenticated-transport.ts",
    find: `? bytes : "again";`,
    put: "? bytes : bytes;",
  },
  {
    name: "a datagram counts for whomever it reaches",
    file: "packages/cluster/src/membership/authenticated-transport.ts",
    find: "{to}\\n`",
    put: "{from}\\n`",
  },
  {
    name: "a packet counts for the place that it names",
    file: "packages/cluster/src/node/forged.ts",
    find: "if (nodeLifeOf(from) !== life) return",
    put: `if (life === "") return`,
  },
  {
    name: "a member speaks for the threads of others",
    file: "packages/cluster/src/node/forged.ts",
    find: "return nodeLifeOf(message.place) === life ? undefined :",
    put: `return life !== "" ? undefined :`,
  },
  {
    name: "a member says where the actors of others run",
    file: "packages/cluster/src/node/forged.ts",
    find: `state === "running" && nodeLifeOf(place) !== life`,
    put: `state === "running" && life === ""`,
  },
  {
    name: "any node answers a request",
    file: "packages/cluster/src/membership/requests.ts",
    find: "if (this.#pending.get(call)?.node !== from) return;",
    put: "",
  },
  {
    name: "whoever likes turns senders away from an actor",
    file: frameHandler,
    find: "if (from.startsWith(own) || routes.leadsTo(frame[1], from)) routes",
    put: "routes",
  },
  {
    name: "a job runs whatever module it names",
    file: "packages/cluster/src/settings/job-modules.ts",
    find: "return [...this.#folders].some((folder) => href.startsWith(folder));",
    put: `return href !== "";`,
  },
  {
    name: "an id is not checked where a handler gives it",
    file: "packages/actor/src/cell/cell-context.ts",
    find: `    checkId("ctx.ref", id);\n`,
    put: "",
  },
  {
    name: "asks that wait on a node that leaves are not waited for",
    file: forwardingCleanup,
    find: " + asks.waitingAt(leads);",
    put: ";",
  },
  {
    name: "a rollback is done, whatever came of its stops",
    file: "packages/cluster/src/hub/hub.ts",
    find: "const leftIds = new Set(left.map(({ id }) => id));",
    put: "const leftIds = new Set(left.slice(left.length).map(({ id }) => id));",
  },
  {
    name: "a move of an actor that ended says that it goes on",
    file: source,
    find: `const isOver = step !== "commit" && (cell.isEnding || cell.phase === "ended");`,
    put: `const isOver = step !== "commit" && cell.id === "";`,
  },
  {
    name: "a seal that was given up takes the timers of the next",
    file: cellMove,
    find: `if (!idle || isGivenUp() || cell.phase !== "sealed") return false;`,
    put: `if (!idle || cell.phase !== "sealed") return false;`,
  },
  {
    name: "a move towards a node that leaves goes on",
    file: source,
    find: "if (!committed && nodeLifeOf(to) === node) answer",
    put: "if (!committed && nodeLifeOf(to) === node && to === this.#context.place) answer",
  },
  {
    name: "what has nowhere to go keeps a node that leaves",
    file: "packages/cluster/src/lifecycle/draining.ts",
    find: "if (nowhere.length > 0) homeless(nowhere);",
    put: "void homeless;",
  },
  {
    name: "asks that move with their actor are not told of",
    file: target,
    find: "if (envelope.ask !== 0) this.#ports.askHere(envelope, cell.epoch);",
    put: "void envelope;",
  },
  {
    name: "an ask dies with the place it was sent to, wherever its actor is",
    file: "packages/threads/src/mail/mailer.ts",
    find: "unreachable.downOf(actorAt) ?? (unreachable.isUndrained(place) ? undefined : unreachable.downOf(place))",
    put: "unreachable.downOf(actorAt) ?? unreachable.downOf(place)",
  },
  {
    name: "no marker: a new route is adopted at once",
    file: routes,
    find: `    route.newestEpoch = epoch;\n    if (route.state === "open") this.#startHold(route);`,
    put: `    route.newestEpoch = epoch;\n    if (route.state === "open") this.#adopt(route);`,
  },
  {
    name: "no settling of a moving sender",
    file: source,
    find: "await this.#settle(departure, this.#ports.recipients.of(cell));",
    put: "await this.#settle(departure, []);",
  },
  {
    name: "settling forgets what is held",
    file: "packages/threads/src/worker/last-recipients.ts",
    find: "new Set(routes.heldFrom(id))",
    put: "new Set<ActorId>()",
  },
  {
    name: "a marker is answered by the old place",
    file: delivery,
    find: "    mail.epoch = entry.nextEpoch;\n",
    put: `    if (mail.kind === "marker") return this.#ports.origins.markerMet(mail.to, mail.markerId, mail.origin);\n    mail.epoch = entry.nextEpoch;\n`,
  },
  {
    name: "frames are taken by place, whatever their epoch",
    file: delivery,
    find: "addressee === undefined || addressee.epoch !== mail.epoch",
    put: "addressee === undefined",
  },
  {
    name: "forwarding by short cut, to the newest place known",
    file: forwardings,
    find: "    entry.markerId = 0;\n    return entry;\n  }\n\n  /** The newest place",
    put: "    entry.markerId = 0;\n    const mine = [...this.#entries.values()].filter((other) => other.id === id);\n    return mine.reduce((a, b) => (b.nextEpoch > a.nextEpoch ? b : a));\n  }\n\n  /** The newest place",
  },
  {
    name: "the news of a move overtakes the message it is about",
    file: delivery,
    find: `    this.dispatch(mail, entry.to);\n    // After the message`,
    put: `    if (mail.kind === "envelope") this.#tellMoved(mail.origin, entry);\n    this.dispatch(mail, entry.to);\n    // After the message`,
  },
  {
    name: "the news of a move overtakes what was kept aside with the envelope it is about",
    file: delivery,
    find: "    this.#untold = untold;\n",
    put: "",
  },
  {
    name: "the late answer to a marker of a forwarding entry ends the hold of a route",
    file: answers,
    find: "    if (forwardings.owns(markerId)) cleanup.answered(markerId);\n    else routes",
    put: "    const known = forwardings.answered(markerId);\n    cleanup.answered(markerId);\n    if (!known) routes",
  },
  {
    name: "forwarding entries expire out of order",
    file: forwardings,
    find: "if (nowMs - entry.lastUsedAtMs < idleMs) break;",
    put: "if (nowMs - entry.lastUsedAtMs < idleMs) continue;",
  },
  {
    name: "forwarding entries expire while frames are on the way",
    file: forwardingCleanup,
    find: "    for (const entry of forwardings.idle(nowMs, settings.deliveryMs)) {\n      if (unreachable.isDown(entry.to)) forwardings.drop(entry);",
    put: "    for (const entry of forwardings.idle(nowMs, 0)) {\n      if (nowMs > 0) forwardings.drop(entry);",
  },
  {
    name: "forwarding entries expire by time alone",
    file: forwardingCleanup,
    find: "      if (unreachable.isDown(entry.to)) forwardings.drop(entry);",
    put: "      if (nowMs > 0) forwardings.drop(entry);",
  },
  {
    name: "a forwarding entry ends by the answer to a marker that later mail has passed",
    file: forwardings,
    find: "    entry.lastUsedAtMs = nowMs;\n    this.#byMarkerId.delete(entry.markerId);\n    entry.markerId = 0;",
    put: "    entry.lastUsedAtMs = nowMs;",
  },
  {
    name: "a forwarding entry is dropped at once",
    file: source,
    find: "      mail.forward(cell.id, cell.epoch, to, epoch);\n",
    put: "",
  },
  {
    name: "bounced messages are sent after the held ones",
    file: "packages/threads/src/mail/route-state.ts",
    find: "return [...bounced, ...held];",
    put: "return [...held, ...bounced];",
  },
  {
    name: "an actor that is taken back keeps its epoch",
    file: source,
    find: "this.#goOn(cell, cell.reserveEpoch());",
    put: "this.#goOn(cell, cell.epoch);",
  },
  {
    name: "an epoch number is used twice after a refusal",
    file: source,
    find: "epoch: cell.reserveEpoch(),",
    put: "epoch: (cell.usedEpoch = cell.epoch + 1),",
  },
  {
    name: "an actor that is taken back gets the number its target was given",
    file: source,
    find: "this.#goOn(cell, cell.reserveEpoch());",
    put: "this.#goOn(cell, cell.epoch + 1);",
  },
  {
    name: "the epoch of a reply is not looked at",
    file: "packages/threads/src/mail/asks.ts",
    find: "pending !== undefined && epoch >= pending.epoch",
    put: "pending !== undefined && epoch >= 0",
  },
  {
    name: "the last of several registry records counts, not the one of the highest epoch",
    file: "packages/cluster/src/registry/records.ts",
    find: `if (other.epoch > best.epoch || (other.epoch === best.epoch && best.state === "moved")) best = other;`,
    put: "best = other;",
  },
  {
    name: "a late departure overwrites the record of a later epoch",
    file: reports,
    find: `      if (record === undefined || record.epoch >= epoch) return [];\n      const state`,
    put: `      if (record === undefined) return [];\n      const state`,
  },
  {
    name: "the target runs without a commit",
    file: target,
    find: "      this.#answer(saga, from, { id, epoch });\n",
    put: "      this.#answer(saga, from, { id, epoch });\n      cell.commit();\n",
  },
  {
    name: "the source takes an actor back after its commit",
    file: source,
    find: `      throw this.#failed("commit", departure, error);`,
    put: `      const again = new (cell.constructor as typeof Cell)(cell.host, cell.behaviour, { ...cell, mode: "active", epoch: cell.reserveEpoch() + 1 });\n      this.#context.cells.set(cell.id, again);\n      void again.begin();\n      throw this.#failed("commit", departure, error);`,
  },
  {
    name: "the target is not told of an abort",
    file: source,
    find: "      this.#abort(departure);\n      this.#takeBack(departure);",
    put: "      this.#takeBack(departure);",
  },
  {
    name: "the mailbox is left out of the transfer",
    file: snapshotOutbox,
    find: "const mailbox = [...cell.mailbox].map(",
    put: "const mailbox = [...cell.mailbox].slice(1).map(",
  },
  {
    name: "new arrivals come before the mailbox that was transferred",
    file: cellMove,
    find: "  for (const mail of cell.mail.drainAside()) cell.take(mail);\n",
    put: "  const waited = cell.mail.drain();\n  for (const mail of [...cell.mail.drainAside(), ...waited]) cell.take(mail);\n",
  },
  {
    name: "timers are not frozen",
    file: cellMove,
    find: "  cell.frozenTimers = cell.timers.freeze();\n",
    put: "",
  },
  {
    name: "credit is never returned",
    file: fates,
    find: "    this.#ports.outboxes.owe(envelope.via);\n",
    put: "",
  },
  {
    name: "a route is dropped while mail is on its way along it",
    file: routes,
    find: "      const markerId = this.#nextMarkerId();\n      route.pruneMarkerId = markerId;\n      this.#sendMarkerOn(route, markerId);",
    put: "      this.#routes.delete(route.id);",
  },
  {
    name: "node link: duplicates are not suppressed",
    file: link,
    find: "    if (this.#closed || number <= this.#received || number > this.#received + windowBodies * 2) return;",
    put: "    if (this.#closed || number > this.#received + windowBodies * 2) return;\n    if (number <= this.#received) this.#ports.deliver(body);",
  },
  {
    name: "node link: nothing is sent again",
    file: link,
    find: "      this.#sendAgain();\n",
    put: "",
  },
  {
    name: "node link: early datagrams are not put back in order",
    file: link,
    find: "    this.#early.set(number, body);\n",
    put: "    this.#early.set(this.#received + 1, body);\n",
  },
  {
    name: "a start is answered before the registry knows",
    file: "packages/cluster/src/lifecycle/starter.ts",
    find: `      registry.publish(started.map((record) => ({ op: "put", record })));`,
    put: `      this.#ports.clock.setTimeout(() => registry.publish(started.map((record) => ({ op: "put", record }))), 5);`,
  },
  {
    name: "a start that fails once is not tried again",
    file: "packages/cluster/src/lifecycle/restarts.ts",
    find: "const timer = clock.setTimeout(() => this.#again(id), pauseMs);",
    put: "const timer = clock.setTimeout(() => {}, pauseMs);",
  },
  {
    name: "an init that hangs after a crash has no deadline",
    file: "packages/actor/src/cell/cell-start.ts",
    find: "if (isPromise(made)) cell.work.begin(startInTime(cell, made), again, failed);",
    put: "if (isPromise(made)) cell.work.begin(made, again, failed);",
  },
  {
    name: "a registrar knows nothing of what it starts just now",
    file: "packages/cluster/src/placement/locator.ts",
    find: "else if (claims.isUnderWay(id) || registry",
    put: "else if (registry",
  },
  {
    name: "what a paused node could not start is forgotten",
    file: "packages/cluster/src/lifecycle/restarts.ts",
    find: 'if (local.state !== "closed" && this.#isOpen({ record, published: false })) this.#wait(record, error, 1, epoch);',
    put: 'if (error.code !== "Partitioned" && this.#isOpen({ record, published: false })) this.#wait(record, error, 1, epoch);',
  },
  {
    name: "a difference between records and threads counts at the first look",
    file: "packages/cluster/src/lifecycle/inventory.ts",
    find: "if (!this.#seen.has(key)) seen.add(key);",
    put: 'if (this.#seen.has("never")) seen.add(key);',
  },
  {
    name: "nobody adopts orphans",
    file: recovery,
    find: `    if (mine.length > 0) void this.#place(mine`,
    put: `    if (mine.length > 1e9) void this.#place(mine`,
  },
  {
    name: "orphans are forgotten with their node",
    file: registry,
    find: "      if (record !== undefined && !isTakenOver) this.orphans.add(record);\n",
    put: "",
  },
  {
    name: "a conflict is not resolved",
    file: "packages/cluster/src/lifecycle/duplicate-resolution.ts",
    find: '    if (own?.state !== "running") return;\n    const rivals',
    put: '    if (own?.state !== "running" || own.epoch > 0) return;\n    const rivals',
  },
  {
    name: "a lease under a quorum rests on the node's own clock",
    file: "packages/cluster/src/serving/partition.ts",
    find: "else if (!gate.paused && confirmed !== undefined) lease.renew(confirmed.sentAt, confirmed.forMs)",
    put: "else if (!gate.paused && confirmed !== undefined) lease.renew(instant(clock), confirmed.forMs)",
  },
  {
    name: "what a quorum acknowledged counts at the next heartbeat only",
    file: "packages/cluster/src/serving/partition.ts",
    find: "    this.#prolong();\n",
    put: "",
  },
  {
    name: "what ended is not remembered",
    file: registry,
    find: "return this.#tombstones.covers(record)",
    put: "return record.epoch < 0 && this.#tombstones.covers(record)",
  },
  {
    name: "what starts again does not go on from the replicas of others",
    file: "packages/cluster/src/lifecycle/starter.ts",
    find: "replicaStates.newest(spec.id)",
    put: 'spec.id === "" ? replicaStates.newest(spec.id) : undefined',
  },
  {
    name: "a survivor of a conflict does not hear whom it must rise above",
    file: "packages/cluster/src/registry/yielded-duplicates.ts",
    find: "if (rivals.length > 0) this.#byId.set(id, duplicate);",
    put: "",
  },
  {
    name: "what a place lost sight of passes on late is taken as it comes",
    file: frameHandler,
    find: "if (stalePaths.isLate(envelope)) {",
    put: "if (envelope.epoch < 0) {",
  },
  {
    name: "a node that may not serve hands over",
    file: source,
    find: "if (this.#ports.mail.isFenced) throw",
    put: 'if (this.#ports.mail.isFenced && to === "") throw',
  },
  {
    name: "a fenced node that sleeps once more goes on as if it had not",
    file: "packages/cluster/src/serving/serving-lease.ts",
    find: "if (expired || sleptAgain) {",
    put: "if (expired || (sleptAgain && at.nowMs < 0)) {",
  },
  {
    name: "of two lives the one that was restarted goes on",
    file: "packages/cluster/src/lifecycle/duplicate-resolution.ts",
    find: "return b.life.restarts - a.life.restarts;",
    put: "return a.life.restarts - b.life.restarts;",
  },
  {
    name: "a restart begins a lineage of its own",
    file: "packages/cluster/src/registry/lives.ts",
    find: "root: lineageOf(life), restarts",
    put: "restarts",
  },
  {
    name: "what is held for actors without a place has no bound in common",
    file: "packages/threads/src/mail/held-mail.ts",
    find: "if (this.#count >= heldLimit)",
    put: "if (this.#count >= heldLimit && heldLimit < 0)",
  },
  {
    name: "asks that expired keep their room in what has left",
    file: "packages/actor/src/cell/mailbox.ts",
    find: "if (!this.#overflows(mail, () => this.#freeAside()))",
    put: "if (!this.#overflows(mail, () => this.freeExpired()))",
  },
  {
    name: "a newcomer is not told what the group has learned",
    file: "packages/cluster/src/serving/partition.ts",
    find: "this.#acknowledgements.allHeard(this.#toldFrom) ? undefined : this.#told",
    put: "this.#acknowledgements.allHeard(0) ? undefined : this.#told",
  },
  {
    name: "a newcomer serves before each member has told",
    file: "packages/cluster/src/serving/partition.ts",
    find: "!actors.ready || !this.#acknowledgements.metAll)",
    put: "!actors.ready)",
  },
  {
    name: "a goodbye that both have heard of counts twice",
    file: "packages/strategies/src/partition/majority-quorum.ts",
    find: "left.filter((name) => !before.includes(name))",
    put: "left.filter(() => true)",
  },
  {
    name: "a lease does not end while the machine is suspended",
    file: "packages/protocol/src/serving-lease-memory.ts",
    find: "clock.wallMs() <= (until[1] ?? Number.POSITIVE_INFINITY)",
    put: "clock.wallMs() <= Number.POSITIVE_INFINITY",
  },
  {
    name: "an arbiter's lease does not end while the machine is suspended",
    file: "packages/strategies/src/partition/lease-arbiter.ts",
    find: "const leftMs = this.#wallUntilMs - clock.wallMs();",
    put: "const leftMs = this.#wallUntilMs - nowMs;",
  },
  {
    name: "a lookup leads to nodes that were never met",
    file: "packages/cluster/src/placement/lookup-queue.ts",
    find: `record.state !== "down" && this.#ports.reaches(record.place))`,
    put: `record.state !== "down")`,
  },
  {
    name: "a duplicate yields whatever its birth",
    file: "packages/threads/src/worker/duplicate-ends.ts",
    find: "if (cell.life.name !== life)\n",
    put: 'if (cell.life.name !== life && life === "")\n',
  },
  {
    name: "what a sender wrote before it left is sent again from where it was",
    file: answers,
    find: "return sender !== null && (!this.#ports.isHere(sender) || this.#ports.leavers.has(sender));",
    put: 'return sender === "";',
  },
  {
    name: "mail of a duplicate that yielded takes on the later epochs it had",
    file: delivery,
    find: "const entry = givenUp ? undefined : forwardings",
    put: "const entry = forwardings",
  },
  {
    name: "a link delivers before its two sessions have met",
    file: link,
    find: "this.#met ||= meets;",
    put: "this.#met = true;",
  },
  {
    name: "the next life of a dead node alone decides that a temporary actor ended with it",
    file: recovery,
    find: "if (handedOver || this.#registrarFor",
    put: "if (this.#registrarFor",
  },
  {
    name: "a node takes its own record back, though nobody speaks for the actor any more",
    file: "packages/cluster/src/registry/settled-moves.ts",
    find: "const isSpokenFor = !speaks && (",
    put: "const isSpokenFor = !speaks && (id !== undefined || ",
  },
  {
    name: "a stop that only its dead host knew of is not said by who asked",
    file: "packages/cluster/src/lifecycle/stopper.ts",
    find: "if (hasStopped(outcome) && left !== undefined",
    put: "if (!hasStopped(outcome) && left !== undefined",
  },
  {
    name: "a rollback counts a start that nobody answered as none",
    file: "packages/cluster/src/hub/starting.ts",
    find: "return this.#settled && this.#known.every",
    put: "return this.#settled || this.#known.every",
  },
  {
    name: "what a leaving node had yet to send is not counted",
    file: "packages/cluster/src/membership/membership.ts",
    find: "this.#ports.parted(peer, link.pending);",
    put: "this.#ports.parted(peer, []);",
  },
  {
    name: "a leaving node gives up an actor that something keeps for a moment",
    file: "packages/cluster/src/lifecycle/draining.ts",
    find: "(isRefused(error) ? 1 : 0)",
    put: "1",
  },
  {
    name: "a leaving node has a forwarding limit",
    file: source,
    find: "if (order.leaves !== true && mail.forwardings",
    put: "if (mail.forwardings",
  },
  {
    name: "what waits in an actor that a pause ends hears that it was stopped",
    file: "packages/actor/src/cell/cell-stop.ts",
    find: "stopRefusal ??\n",
    put: "undefined ??\n",
  },
];
