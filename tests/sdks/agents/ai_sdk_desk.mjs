// Vercel's AI SDK: streamText with tools, its telemetry on, over OpenTelemetry for Node.js.
import * as ai from "ai"; const { streamText, tool, stepCountIs } = ai; const IS_4 = !stepCountIs, SCHEMA = IS_4 ? "parameters" : "inputSchema";
import { createOpenAI } from "@ai-sdk/openai";
import { NodeTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { z } from "zod";

const simulation_output_id = process.env.SIMULATION_OUTPUT_ID;
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
provider.register();
const openai = createOpenAI({ baseURL: process.env.MODEL_URL, apiKey: "none", ...(IS_4 ? { compatibility: "strict" } : {}) });
const tools = {
  track_parcel: tool({ description: "Where a parcel is.", [SCHEMA]: z.object({ number: z.string() }), execute: async () => "out for delivery" }),
  cancel_order: tool({
    description: "Cancels an order.",
    [SCHEMA]: z.object({ order: z.string() }),
    execute: async () => { throw new Error("order 7 has shipped"); },
  }),
};
// From 7 on telemetry is a package of its own.
if (ai.registerTelemetry) ai.registerTelemetry(new (await import("@ai-sdk/otel")).OpenTelemetry());
const tracer = provider.getTracer("my-agent");
await tracer.startActiveSpan("conversation", async (span) => {
  span.setAttributes({ simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id });
  const answer = streamText({
    model: openai.chat("gpt-4.1-mini"), tools, temperature: 0.2, ...(IS_4 ? { maxSteps: 5 } : { stopWhen: stepCountIs(5) }),
    system: "You help callers with their parcels.", prompt: "Where is my parcel A17? And cancel order 7.",
    experimental_telemetry: { isEnabled: true, functionId: "desk", metadata: { simulation_output_id } },
  });
  for await (const _ of answer.textStream) { /* as it is said */ }
  console.log(await answer.text);
  span.end();
});
await provider.forceFlush();
await provider.shutdown();
