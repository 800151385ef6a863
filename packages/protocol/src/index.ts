export { type AbortCode, AbortReason } from "./abort-reason.js";
export { Aborts, isAbortSignal } from "./aborts.js";
export { after } from "./after.js";
export { backoffMs, maxPauseMs, minPauseMs } from "./backoff.js";
export { BoundedMap } from "./bounded-map.js";
export { checkId, checkText } from "./check-argument.js";
export { type Checks, noChecks } from "./checks.js";
export { ChildSpec, Mode, Placement, RestartPolicy, SpecUpdate, updatedSpec } from "./child.js";
export { type Clock, type Instant, instant, passedMs, type Timer } from "./clock.js";
export { Bytes, copyOf, decode, encode, encodeMessage, encodePlain, findUntravelable, ownedCopy } from "./codec.js";
export { type CounterName, counterIndex, counterNames, createCounters, readCounters } from "./counters.js";
export { CountingChecks } from "./counting-checks.js";
export {
  type AskDiagnostic,
  diagnostics,
  type EventDiagnostic,
  type HandleDiagnostic,
  type MoveDiagnostic,
  type TellDiagnostic,
  toldMove,
  toldTwice,
} from "./diagnostics.js";
export type { ErrorClass, ErrorClasses } from "./error-parts.js";
export {
  ActorCrashed,
  ActorNotFound,
  ActorStopped,
  AlreadyStarted,
  AskCycle,
  AskTimeout,
  type ErrorCode,
  type ErrorFields,
  errorClasses,
  errorCodes,
  HandlerFailed,
  HandoffFailed,
  HubClosed,
  HubConfigError,
  HubError,
  type HubErrorClass,
  InvalidMessage,
  InvalidReply,
  InvalidState,
  Locked,
  MailboxFull,
  NodeDown,
  NoNodeForKind,
  NotSerializable,
  OutcomeUnknown,
  Partitioned,
  ProtocolMismatch,
  SettingsMismatch,
  StartFailed,
  StreamCut,
  setStack,
  ThreadExited,
  Unauthenticated,
  WrongActor,
  withoutStack,
} from "./errors.js";
export { EventFrame, eventCredit, type ListenerFrame, type TellerFrame } from "./event-frames.js";
export { exportedParts } from "./exported-parts.js";
export {
  ActorSnapshot,
  AskStep,
  BouncedFrame,
  CreditFrame,
  EnvelopeFrame,
  Frame,
  FrameKind,
  HandoffFrame,
  ItemFrame,
  isLaterState,
  MarkerFrame,
  MarkerMetFrame,
  MoreFrame,
  MovedFrame,
  type Outcome,
  OwedReply,
  pathSteps,
  ReplicaFrame,
  ReplicaState,
  ReplyFrame,
  RoomFrame,
  StalePathFrame,
  streamWindow,
  WaitsForFrame,
  WaitsFrame,
  WentOnFrame,
  WidenFrame,
  WithdrawFrame,
} from "./frames.js";
export { gather } from "./gather.js";
export { handedOut } from "./handed-out.js";
export { contextBytes, Header, headerBytes, retraced, Trace } from "./header.js";
export { HubCall } from "./hub-calls.js";
export { type HubThread, hubThreadData, hubThreadOf, refuseHubIn } from "./hub-thread.js";
export { inSlices, ownTurn, sliceSize } from "./in-slices.js";
export { isRecord } from "./is-record.js";
export type { Job, Jobs, StrayError, StrayJobError } from "./jobs.js";
export { Life, lineageOf, moreKnown, resumed } from "./life.js";
export { type MarkName, markNames, marks, mustReach } from "./mark-names.js";
export { microtask } from "./microtask.js";
export { MoveWhy } from "./move-why.js";
export {
  Datagram,
  Hello,
  Incarnation,
  JoinRefusal,
  KindCard,
  LentLease,
  longestSilenceMs,
  type MoveOutcome,
  NodeAnswer,
  NodeCard,
  NodeMessage,
  NodeRequest,
  Pulse,
  protocolVersion,
  type StartOutcome,
  type StopOutcome,
} from "./node-messages.js";
export { oneARound } from "./one-a-round.js";
export { Paced, type PacedPorts } from "./paced.js";
export { open, openOwn, Packet, seal } from "./packet.js";
export {
  bytesAbove,
  closePayload,
  framedPayload,
  isFramedPayload,
  mostBytesOf,
  openPayload,
  type Payload,
  PlainValue,
  payloadBytes,
  payloadFrom,
} from "./payload.js";
export {
  ActorId,
  Epoch,
  incarnationOf,
  mainPlace,
  NodeName,
  nodeLife,
  nodeLifeOf,
  nodeOf,
  PlaceId,
  placeFields,
  placeInWords,
  Text,
  threadOfPlace,
  threadPlace,
} from "./place.js";
export type { Random } from "./random.js";
export { realClock } from "./real-clock.js";
export { realRandom } from "./real-random.js";
export {
  ChangeBatch,
  Head,
  RegistryChange,
  RegistryRecord,
  ReplicaRecord,
  SnapshotPart,
  Tombstone,
  WaitingStart,
} from "./registry-change.js";
export { seededRandom } from "./seeded-random.js";
export {
  DeadLetter,
  type HandlerFailure,
  isToThread,
  ServiceFrame,
  ToMainFrame,
  ToThreadFrame,
  UnhandledKind,
} from "./service-frames.js";
export { leaseHolds } from "./serving-lease-memory.js";
export { shown } from "./shown.js";
export { mayBecome, type StateRow, type StateTable, stateTable } from "./state-table.js";
export {
  ClusterView,
  DistributionAnswer,
  DistributionCall,
  MigrationAnswer,
  MigrationCall,
  NodeLoad,
  PartitionAnswer,
  PartitionCall,
  PartitionVerdict,
  Placeable,
  RedundancyAnswer,
  RedundancyCall,
  type StrategyAnswers,
  type StrategyCalls,
  type StrategyFamily,
  type StrategyPort,
  SynchronizationAnswer,
  SynchronizationCall,
  strategyAnswers,
  ViewNode,
} from "./strategy-messages.js";
export { InvariantBroken, StrictChecks } from "./strict-checks.js";
export {
  ActorModule,
  type ControlPort,
  type Failure,
  MoveOrder,
  type Present,
  presentPage,
  type ReplicaOrigin,
  StandOrder,
  StartOrder,
  type StartWord,
  type Thread,
  ThreadBoot,
  type ThreadControl,
  type ThreadDepths,
  type ThreadExit,
  ThreadSettings,
  type Threads,
  threadControlNames,
  type YieldedDuplicate,
} from "./thread.js";
export { EventNumber, EventTerm, type Feed, GoneReason, ResyncReason, Ties, tiesBytes } from "./ties.js";
export { frameHeaderBytes, largeInput, tooLarge } from "./too-large.js";
export type { Transport, TransportReceiver } from "./transport.js";
export { TurnBatch } from "./turn-batch.js";
export { urlOf } from "./url-of.js";
export { Waiters } from "./waiters.js";
export { fromWireError, type Refusal, refusal, toWireError, WireError } from "./wire-error.js";
export { optionError, type WrongOption, wrongOption } from "./wrong-option.js";
