// The two sides of the bench: reading files as fast as the browser can, and comparing them.
import { compare, prepare } from "/weightkin.js";

/** Long enough that opening a stream does not count. */
const PIECE_BYTES = 256 * 1024 * 1024;

const picked = () => [...document.querySelector("#files").files];

/** Reads every picked file once and drops the bytes; resolves to bytes and milliseconds. */
async function rawRead({ workers, streams, buffer_bytes }) {
  const files = picked();
  const readers = Array.from(
    { length: workers },
    () => new Worker(new URL("raw-read-worker.js", import.meta.url), { type: "module" }),
  );
  try {
    await Promise.all(readers.map((reader) => answer(reader, { prepare: buffer_bytes })));
    const pieces = files.flatMap((file, number) => {
      const count = Math.ceil(file.size / PIECE_BYTES);
      return Array.from({ length: count }, (_, i) => ({
        file: number,
        start: i * PIECE_BYTES,
        end: Math.min(file.size, (i + 1) * PIECE_BYTES),
      }));
    });
    const started_ms = performance.now();
    let bytes = 0;
    const stream = async (reader, slot) => {
      for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
        const { start, end } = piece;
        const read_bytes = await answer(reader, { slot, file: files[piece.file], start, end });
        bytes += read_bytes;
      }
    };
    await Promise.all(Array.from({ length: streams }, (_, i) => stream(readers[i % workers], i)));
    return { bytes, ms: performance.now() - started_ms };
  } finally {
    for (const reader of readers) reader.terminate();
  }
}

/** Sends a message with a port for the answer, and waits for it. */
function answer(worker, message) {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      port1.close();
      if ("failed" in data) reject(new Error(data.failed));
      else resolve(data.bytes);
    };
    worker.onerror = (event) => reject(new Error(`a reading worker failed: ${event.message}`));
    worker.postMessage(message, [port2]);
  });
}

/**
 * Compares the picked files, one model each; resolves to bytes read and milliseconds. `options` are
 * those of `compare()`.
 */
async function fullCompare(options) {
  if (options.engine === "threads" && !globalThis.crossOriginIsolated) {
    throw new Error("this page has no threads: it is not isolated");
  }
  let bytes = 0;
  const started_ms = performance.now();
  const models = picked().map((file) => ({ files: [file] }));
  await compare(models, {
    ...options,
    onProgress: (progress) => {
      bytes = progress.bytes_total;
    },
  });
  return { bytes, ms: performance.now() - started_ms };
}

globalThis.bench = { rawRead, fullCompare, prepare };
