// LiveKit Agents for JavaScript: a session that is written to and speaks. The synthesis is a stand-in of the SDK's own base classes; the model speaks over HTTP.
import { AudioFrame } from "@livekit/rtc-node";
import { initializeLogger, llm, tts, voice } from "@livekit/agents";
import * as openai from "@livekit/agents-plugin-openai";
import { z } from "zod";

const simulationOutputId = process.env.SIMULATION_OUTPUT_ID;
const RATE = 24000;
const SAID = "Where is my parcel A17? And cancel order 7.";
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// connect: begin
// OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS name your platform
import { telemetry } from "@livekit/agents";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const processors = new telemetry.FanoutSpanProcessor();
const provider = new NodeTracerProvider({ spanProcessors: [processors] });
provider.register();
telemetry.setTracerProvider(provider, {
  metadata: { simulation_output_id: simulationOutputId, "langsmith.metadata.simulation_output_id": simulationOutputId },
  registerSpanProcessor: (processor) => processors.add(processor),
});
processors.add(new BatchSpanProcessor(new OTLPTraceExporter()));
// connect: end

class TableTTS extends tts.TTS {
  label = "table.TTS";
  constructor() {
    super(RATE, 1, { streaming: false });
  }
  get model() {
    return "sonic-2";
  }
  get provider() {
    return "cartesia";
  }
  synthesize(text, connOptions, abortSignal) {
    return new TableSpeech(text, this, connOptions, abortSignal);
  }
  stream() {
    throw new Error("it does not stream");
  }
}

class TableSpeech extends tts.ChunkedStream {
  label = "table.Speech";
  async run() {
    await pause(80);
    const frame = new AudioFrame(new Int16Array(RATE / 2), RATE, 1, RATE / 2);
    this.queue.put({ requestId: "speech-1", segmentId: "segment-1", frame, final: true });
    this.queue.close();
  }
}

// Plays at once.
class Speaker extends voice.AudioOutput {
  seconds = 0;
  async captureFrame(frame) {
    await super.captureFrame(frame);
    if (!this.seconds) this.onPlaybackStarted(Date.now());
    this.seconds += frame.samplesPerChannel / frame.sampleRate;
  }
  flush() {
    super.flush();
    this.finish(false);
  }
  clearBuffer() {
    this.finish(true);
  }
  finish(interrupted) {
    if (!this.seconds) return;
    this.onPlaybackFinished({ playbackPosition: this.seconds, interrupted });
    this.seconds = 0;
  }
}

const tools = {
  track_parcel: llm.tool({ description: "Where a parcel is.", parameters: z.object({ number: z.string() }), execute: async () => (await pause(30), "out for delivery") }),
  cancel_order: llm.tool({
    description: "Cancels an order.",
    parameters: z.object({ order: z.string() }),
    execute: async () => {
      await pause(20);
      throw new llm.ToolError("order 7 has shipped");
    },
  }),
};

initializeLogger({ pretty: false, level: "error" });
const model = new openai.LLM({ model: "gpt-4.1-mini", baseURL: process.env.MODEL_URL, apiKey: "none" });
const session = new voice.AgentSession({ llm: model, tts: new TableTTS(), vad: null, turnDetection: "manual" });
session.output.audio = new Speaker(RATE);
await session.start({ agent: new voice.Agent({ instructions: "You help callers with their parcels.", tools }) });
await session.generateReply({ userInput: SAID }).waitForPlayout();
await session.close();
await provider.forceFlush();
process.exit(0);
