/** Keeps the screen on while a comparison runs, where the browser can. */
let wanted = false;
let lock: WakeLockSentinel | undefined;

/** Asks to keep the screen on until `letSleep`. */
export function stayAwake(): void {
  wanted = true;
  void request();
}

/** The screen may turn off again. */
export function letSleep(): void {
  wanted = false;
  lock?.release().catch(() => {});
  lock = undefined;
}

async function request(): Promise<void> {
  if (!("wakeLock" in navigator) || document.visibilityState !== "visible") {
    return;
  }
  try {
    const granted = await navigator.wakeLock.request("screen");
    if (wanted) {
      lock = granted;
    } else {
      await granted.release();
    }
  } catch {
    // refused, for instance on a low battery: the comparison goes on all the same
  }
}

// browsers let go of the lock whenever the page is hidden
document.addEventListener("visibilitychange", () => {
  if (wanted && document.visibilityState === "visible") {
    void request();
  }
});
