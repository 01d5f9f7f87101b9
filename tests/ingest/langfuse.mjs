// What Langfuse makes of an OTLP export: the server's own code, run on the export, and around it the little that the server does between
// that code and an answer of its API.
//
//   LANGFUSE_SOURCE=checkout node langfuse.mjs < export.json > rows.json      with esbuild, zod, lodash and lossless-json installed beside it
//
// LANGFUSE_SOURCE is a checkout of github.com/langfuse/langfuse at commit 62751446149b702b419a9292ddfc2280cdf74b8c (server 4.16). Of it run, unchanged:
//   packages/shared/src/server/otel/OtelIngestionProcessor.ts   processToEvent (v4, direct path), processToIngestionEvents (v3)
//   packages/shared/src/server/otel/ObservationTypeMapper.ts    the type of an observation
//   packages/shared/src/server/ingestion/types.ts               the forms of usage; names of environments
//   packages/shared/src/server/ingestion/extractToolsBackend.ts tools in inputs
//   packages/shared/src/server/otel/utils.ts                    flattenJsonToPathArrays: dotted names of metadata on v4
//   packages/shared/src/utils/json.ts                           parseJsonPrioritised: how stored texts are read
// Written here after the server's source, because there it stands between database calls:
//   worker/src/services/IngestionService/index.ts               createEventRecord, getUsageUnits (v2Row); mapObservationEventsToRecords (v1Row); the merge of traces (v1Traces)
//   packages/shared/src/server/repositories/observations_converters.ts   records to answers: "" for what is absent on v4, null on v3
// The answers: {"v2": [rows], "v1": {"traces": [...], "observations": [...]}}, as the two APIs tell them.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import os from "node:os";

const modules = process.env.NODE_PACKAGES;
const source = process.env.LANGFUSE_SOURCE;
if (!modules || !source) {
  console.error("LANGFUSE_SOURCE (a checkout of Langfuse) and NODE_PACKAGES (a folder with node_modules) must be set");
  process.exit(2);
}
const shared = path.join(source, "packages/shared/src");
const esbuild = createRequire(path.join(modules, "package.json"))("esbuild");

// What the processor imports by way of index files that would bring the whole server along.
const INDEX = {
  "../../": `export * from "${shared}/errors/ForbiddenError"; export * from "${shared}/domain/observations";`,
  "../": `
    export { UsageDetails, normalizeEnvironment, DEFAULT_TRACE_ENVIRONMENT } from "${shared}/server/ingestion/types";
    export { normalizeToolsForObservation, normalizeToolMetadataForObservation } from "${shared}/server/ingestion/extractToolsBackend";
    export const LangfuseInternalTraceEnvironment = {};
    export const redis = null, QueueJobs = {}, getS3EventStorageClient = null;
    export const logger = { info() {}, debug() {}, warn: (...said) => console.error(...said), error: (...said) => console.error(...said) };
    const span = { setAttribute() {} };
    export const instrumentAsync = (_, work) => work(span), instrumentSync = (_, work) => work(span);
    export const recordIncrement = () => {}, recordDistribution = () => {}, traceException = (error) => { throw error; };`,
  "../../env": "export const env = { LANGFUSE_OTEL_SPAN_SIZE_WARN_BYTES: 1e9 };",
  "../redis/otelIngestionQueue": "export const OtelIngestionQueue = null;",
  "../clickhouse/client": "export const convertDateToClickhouseDateTime = (date) => date.toISOString();",
};
const withoutTheServer = {
  name: "without-the-server",
  setup(build) {
    build.onResolve({ filter: /^\.\.\// }, (asked) =>
      asked.importer.includes("/server/otel/") && asked.path in INDEX ? { path: asked.path, namespace: "index" } : undefined);
    build.onLoad({ filter: /.*/, namespace: "index" }, (asked) => ({ contents: INDEX[asked.path], loader: "ts", resolveDir: shared }));
  },
};
const bundle = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "langfuse-")), "server.mjs");
await esbuild.build({
  stdin: {
    contents: `
      export { OtelIngestionProcessor } from "${shared}/server/otel/OtelIngestionProcessor";
      export { flattenJsonToPathArrays } from "${shared}/server/otel/utils";
      export { UsageDetails } from "${shared}/server/ingestion/types";
      export { parseJsonPrioritised } from "${shared}/utils/json";`,
    resolveDir: shared,
  },
  bundle: true, platform: "node", format: "esm", outfile: bundle, nodePaths: [path.join(modules, "node_modules")], plugins: [withoutTheServer], logLevel: "error",
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});
const server = await import(pathToFileURL(bundle).href);

const stored = (value) => (value === null || value === undefined || typeof value === "string" ? value : JSON.stringify(value));
const read = (value) => (typeof value === "string" ? server.parseJsonPrioritised(value) : value);
const milliseconds = (iso) => (iso ? new Date(iso).toISOString() : null);

/** IngestionService.normalizeProvidedUsageDetails and getUsageUnits: whole numbers that are not negative, and their sum where no total is told. */
function usage(provided) {
  const counts = Object.fromEntries(Object.entries(provided ?? {}).filter(([, count]) => count !== null && count !== undefined && count >= 0));
  if (Object.keys(counts).length > 0 && !("total" in counts)) counts.total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return counts;
}

/** Sums of the answers: every count whose name holds the word (observations_converters.ts, reduceUsageOrCostDetails). */
const summed = (counts, word) => Object.entries(counts).reduce((sum, [name, count]) => (name.includes(word) ? sum + count : sum), 0);

/** What both APIs tell of an observation. */
function common(observation, counts) {
  return {
    id: observation.id, traceId: observation.traceId, projectId: "project", parentObservationId: observation.parent ?? null, type: observation.type,
    startTime: milliseconds(observation.start), endTime: milliseconds(observation.end), completionStartTime: milliseconds(observation.completionStartTime),
    environment: observation.environment ?? "default", level: observation.level ?? "DEFAULT", usageDetails: counts, costDetails: {},
    createdAt: milliseconds(observation.end), updatedAt: milliseconds(observation.end), modelId: null, inputPrice: null, outputPrice: null, totalPrice: null,
    latency: null, timeToFirstToken: null,
  };
}

/** createEventRecord, then the row of /v2/observations with all groups. */
function v2Row(event) {
  const counts = usage(event.providedUsageDetails);
  const { names, values } = server.flattenJsonToPathArrays(event.metadata ?? {});
  const metadata = {};
  // The first of a name counts (metadata_conversion.ts); every text is read as JSON.
  names.forEach((name, place) => { if (!(name in metadata)) metadata[name] = read(values[place] ?? ""); });
  const observation = { id: event.spanId, traceId: event.traceId, parent: event.parentSpanId, start: event.startTimeISO, end: event.endTimeISO, ...event, type: event.type ?? "SPAN" };
  return {
    ...common(observation, counts),
    name: event.name ?? "", statusMessage: event.statusMessage ?? "", version: event.version ?? "", userId: event.userId ?? "", sessionId: event.sessionId ?? "",
    bookmarked: false, public: event.public ?? false, isRootObservation: !event.parentSpanId || event.isAppRoot === true,
    input: stored(event.input) ?? null, output: stored(event.output) ?? null, metadata,
    model: event.modelName ?? null, internalModelId: "", modelParameters: read(event.modelParameters) || {},
    inputUsage: summed(counts, "input"), outputUsage: summed(counts, "output"), totalUsage: counts.total ?? 0, totalCost: 0,
    promptId: "", promptName: event.promptName ?? "", promptVersion: event.promptVersion ?? null,
    traceName: event.traceName ?? "", tags: event.tags ?? [], release: event.release ?? "",
  };
}

/** mapObservationEventsToRecords, then the row of v1's /observations. */
function v1Row({ type, body }) {
  // The event is parsed by its schema first; v4's code does that itself.
  const counts = usage(server.UsageDetails.parse(body.usageDetails));
  const metadata = Object.fromEntries(Object.entries(body.metadata ?? {}).map(([name, value]) => [name, read(stored(value))]));
  const observation = { ...body, parent: body.parentObservationId, start: body.startTime, end: body.endTime, type: type.replace("-create", "").toUpperCase() };
  return {
    ...common(observation, counts),
    name: body.name ?? null, statusMessage: body.statusMessage ?? null, version: body.version ?? null,
    input: read(stored(body.input)) ?? null, output: read(stored(body.output)) ?? null, metadata,
    model: body.model ?? null, modelParameters: read(stored(body.modelParameters)) ?? null, promptId: null, promptName: body.promptName ?? null, promptVersion: body.promptVersion ?? null,
    usage: { unit: "TOKENS", input: summed(counts, "input"), output: summed(counts, "output"), total: counts.total ?? 0 },
    promptTokens: summed(counts, "input"), completionTokens: summed(counts, "output"), totalTokens: counts.total ?? 0, calculatedTotalCost: null,
  };
}

/** The traces of v1: events of one trace merged in their order; what is absent in a later one stays, metadata is merged (overwriteObject). */
function v1Traces(events) {
  const traces = new Map();
  for (const { body } of events.filter((event) => event.type === "trace-create")) {
    const trace = traces.get(body.id) ?? { id: body.id, timestamp: milliseconds(body.timestamp), metadata: {}, tags: [] };
    for (const member of ["name", "userId", "sessionId", "release", "version", "environment", "public", "input", "output"]) {
      if (body[member] !== null && body[member] !== undefined) trace[member] = body[member];
    }
    const metadata = Object.fromEntries(Object.entries(body.metadata ?? {}).map(([name, value]) => [name, read(stored(value))]));
    trace.metadata = { ...trace.metadata, ...metadata };
    trace.tags = [...new Set([...trace.tags, ...(body.tags ?? [])])].sort();
    traces.set(body.id, trace);
  }
  const absent = { name: null, userId: null, sessionId: null, release: null, version: null, environment: "default", public: false, input: null, output: null, bookmarked: false, projectId: "project" };
  return [...traces.values()].map((trace) => ({ ...absent, ...trace, input: read(stored(trace.input)) ?? null, output: read(stored(trace.output)) ?? null }));
}

const { resourceSpans } = JSON.parse(fs.readFileSync(0, "utf8"));
// Protobuf gives numbers where OTLP's JSON has texts.
const processor = () => new server.OtelIngestionProcessor({ projectId: "project", publicKey: "pk-lf-1", sdkName: "", sdkVersion: "" });
const events = processor().processToEvent(structuredClone(resourceSpans));
const legacy = processor();
legacy.isInitialized = true; // the traces seen before are in Redis
const ingestion = await legacy.processToIngestionEvents(structuredClone(resourceSpans));
const observations = ingestion.filter((event) => event.type !== "trace-create").map(v1Row);
process.stdout.write(JSON.stringify({ v2: events.map(v2Row), v1: { traces: v1Traces(ingestion), observations } }, null, 1) + "\n");
