// Reads pieces of files through byte streams whose buffers are used again and again.

let buffer_bytes = 0;
/** The buffers of each stream, kept from piece to piece. */
const buffers = new Map();

self.onmessage = async ({ data, ports: [port] }) => {
  try {
    if ("prepare" in data) {
      buffer_bytes = data.prepare;
      port.postMessage({ bytes: 0 });
    } else {
      port.postMessage({ bytes: await read(data) });
    }
  } catch (error) {
    port.postMessage({ failed: String(error) });
  }
};

async function read({ slot, file, start, end }) {
  const reader = file.slice(start, end).stream().getReader({ mode: "byob" });
  let buffer = buffers.get(slot) ?? new ArrayBuffer(buffer_bytes);
  let bytes = 0;
  for (;;) {
    const length = Math.min(buffer_bytes, end - start - bytes);
    if (length === 0) break;
    const { value, done } = await reader.read(new Uint8Array(buffer, 0, length), { min: length });
    if (value) {
      buffer = value.buffer;
      bytes += value.byteLength;
    }
    if (done) break;
  }
  buffers.set(slot, buffer);
  await reader.cancel();
  return bytes;
}
