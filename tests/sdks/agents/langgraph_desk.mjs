// LangGraph in JavaScript: an agent (langchain's createAgent) on a streamed chat model; a graph around it that hands over and is interrupted. TRACER says
// who traces it.
import { createAgent, createMiddleware, tool } from "langchain";
import { ToolMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { Command, END, interrupt, MemorySaver, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import o200k_base from "js-tiktoken/ranks/o200k_base";
import { z } from "zod";

// The chat model counts the tokens of what it streamed itself, too, with a table that it fetches and waits for: the same table is in js-tiktoken.
const fetched = globalThis.fetch;
globalThis.fetch = (address, ...more) =>
  String(address).startsWith("https://tiktoken.pages.dev/") ? Promise.resolve(Response.json(o200k_base)) : fetched(address, ...more);

// Stacks are told whole, and a recording should be small.
Error.stackTraceLimit = 3;

const simulation_output_id = process.env.SIMULATION_OUTPUT_ID;
const config = { runName: "conversation", configurable: { thread_id: "desk-1" }, metadata: { simulation_output_id } };
let around = (conversation) => conversation();
let finish;

if (process.env.TRACER === "langsmith") {
  // LANGSMITH_TRACING=true, LANGSMITH_ENDPOINT, LANGSMITH_API_KEY and LANGSMITH_PROJECT are set.
  const { awaitAllCallbacks } = await import("@langchain/core/callbacks/promises");
  finish = awaitAllCallbacks;
} else if (process.env.TRACER === "langfuse") {
  const { NodeTracerProvider } = await import("@opentelemetry/sdk-trace-node");
  const { LangfuseSpanProcessor } = await import("@langfuse/otel");
  const { CallbackHandler } = await import("@langfuse/langchain");
  const provider = new NodeTracerProvider({ spanProcessors: [new LangfuseSpanProcessor()] });
  provider.register();
  config.callbacks = [new CallbackHandler()];
  finish = () => provider.forceFlush();
} else {
  const { NodeTracerProvider, BatchSpanProcessor } = await import("@opentelemetry/sdk-trace-node");
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-proto");
  const { LangChainInstrumentation } = await import("@arizeai/openinference-instrumentation-langchain");
  const { setMetadata } = await import("@arizeai/openinference-core");
  const { context } = await import("@opentelemetry/api");
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
  provider.register();
  new LangChainInstrumentation({ tracerProvider: provider }).manuallyInstrument(await import("@langchain/core/callbacks/manager"));
  around = (conversation) => context.with(setMetadata(context.active(), { simulation_output_id }), conversation);
  finish = () => provider.forceFlush();
}

const track_parcel = tool(async () => "out for delivery", { name: "track_parcel", description: "Where a parcel is.", schema: z.object({ number: z.string() }) });
const cancel_order = tool(
  async () => { throw new TypeError("order 7 has shipped"); },
  { name: "cancel_order", description: "Cancels an order.", schema: z.object({ order: z.string() }) },
);
const transfer_to_desk = tool(
  async (_, run) => new Command({ goto: "desk", graph: Command.PARENT, update: { messages: [new ToolMessage({ content: "transferred", tool_call_id: run.toolCall.id })] } }),
  { name: "transfer_to_desk", description: "Hands the caller over to the desk.", schema: z.object({}) },
);
// A tool's error goes to the model.
const answering = createMiddleware({
  name: "answering",
  wrapToolCall: async (request, handler) => {
    try {
      return await handler(request);
    } catch (error) {
      return new ToolMessage({ content: `Error: ${error.message}`, tool_call_id: request.toolCall.id, status: "error" });
    }
  },
});
const model = new ChatOpenAI({
  model: "gpt-4.1-mini", streaming: true, streamUsage: true, temperature: 0.2, maxRetries: 0, apiKey: "none", configuration: { baseURL: process.env.MODEL_URL },
});
const desk = createAgent({ model, tools: [track_parcel, cancel_order], systemPrompt: "You help callers with their parcels.", middleware: [answering], name: "desk" });

/** Hands over as a tool does, without asking a model. */
async function reception(_, run) {
  await transfer_to_desk.invoke({ name: "transfer_to_desk", args: {}, id: "call_transfer", type: "tool_call" }, run);
  return new Command({ goto: "approval" });
}

/** Waits for a person. */
function approval() {
  interrupt("may the desk answer?");
  return {};
}

const app = new StateGraph(MessagesAnnotation)
  .addNode("reception", reception, { ends: ["approval"] })
  .addNode("approval", approval)
  .addNode("desk", desk.graph)
  .addEdge(START, "reception")
  .addEdge("approval", "desk")
  .addEdge("desk", END)
  .compile({ checkpointer: new MemorySaver() });

await around(async () => {
  await app.invoke({ messages: [{ role: "user", content: "Where is my parcel A17? And cancel order 7." }] }, config);
  const state = await app.invoke(new Command({ resume: "yes" }), config);
  console.log(state.messages.at(-1).content);
});
await finish();
