// Langfuse's own SDK for JavaScript: observed functions, its OpenAI client (streamed), a generation made by hand for speech.
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { observe, startActiveObservation } from "@langfuse/tracing";
import { observeOpenAI } from "@langfuse/openai";
import OpenAI from "openai";

// Stacks are told whole, and a recording should be small.
Error.stackTraceLimit = 3;

const simulation_output_id = process.env.SIMULATION_OUTPUT_ID;
const USER = "Where is my parcel A17? And cancel order 7.";
const provider = new NodeTracerProvider({ spanProcessors: [new LangfuseSpanProcessor()] });
provider.register();
const client = observeOpenAI(new OpenAI({ baseURL: process.env.MODEL_URL, apiKey: "none", maxRetries: 0 }), { generationName: "decide" });
const pause = () => new Promise((done) => setTimeout(done, 20));
const tools = [["track_parcel", "Where a parcel is.", "number"], ["cancel_order", "Cancels an order.", "order"]].map(([name, description, field]) => ({
  type: "function",
  function: { name, description, parameters: { type: "object", properties: { [field]: { type: "string" } }, required: [field] } },
}));
const work = {
  track_parcel: observe(async ({ number }) => { await pause(); return "out for delivery"; }, { name: "track_parcel", asType: "tool" }),
  cancel_order: observe(async ({ order }) => { throw new Error("order 7 has shipped"); }, { name: "cancel_order", asType: "tool" }),
};

async function call({ name, arguments: given }) {
  try {
    return await work[name](JSON.parse(given));
  } catch (error) {
    return `Error: ${error.message}`;
  }
}

async function turn() {
  await startActiveObservation("stt", async (heard) => heard.update({ model: "nova-3", metadata: { transcript: USER }, output: USER }), { asType: "generation" });
  const messages = [{ role: "system", content: "You help callers with their parcels." }, { role: "user", content: USER }];
  let text, calls;
  do {
    text = "";
    calls = [];
    const stream = await client.chat.completions.create({ model: "gpt-4.1-mini", messages, tools, temperature: 0.2, stream: true, stream_options: { include_usage: true } });
    for await (const chunk of stream) {
      for (const choice of chunk.choices) {
        text += choice.delta.content ?? "";
        calls.push(...(choice.delta.tool_calls ?? []));
      }
    }
    if (calls.length) messages.push({ role: "assistant", tool_calls: calls.map(({ id, function: made }) => ({ id, type: "function", function: made })) });
    for (const { id, function: made } of calls) messages.push({ role: "tool", tool_call_id: id, content: await call(made) });
  } while (calls.length);
  await startActiveObservation("tts", async (spoken) => { spoken.update({ model: "sonic-2", input: text }); await pause(); }, { asType: "generation" });
}

await startActiveObservation("conversation", async (conversation) => {
  conversation.update({ metadata: { simulation_output_id } });
  await turn();
});
await provider.forceFlush();
await provider.shutdown();
