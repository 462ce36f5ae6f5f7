//! The allocator: the default one, which says so when there is no memory left. By itself the
//! standard library aborts without a word, and an abort looks like any other crash.

use std::alloc::{GlobalAlloc, Layout, System};

/// What the page knows an exhausted memory by; see `www/src/shared/error.ts`.
const NOTHING_LEFT: &str = "out of memory";

struct ThrowingAllocator;

#[global_allocator]
static ALLOCATOR: ThrowingAllocator = ThrowingAllocator;

/// Ends the worker's work with an exception, which takes no memory.
fn checked(allocated: *mut u8) -> *mut u8 {
    if allocated.is_null() {
        wasm_bindgen::throw_str(NOTHING_LEFT);
    }
    allocated
}

// SAFETY: the system's allocator keeps the contract, and is handed everything as it came; throwing
// leaves as aborting would, without unwinding.
unsafe impl GlobalAlloc for ThrowingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those asked for.
        checked(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        checked(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, new_bytes: usize) -> *mut u8 {
        // SAFETY: as above.
        checked(unsafe { System.realloc(old, layout, new_bytes) })
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(old, layout) }
    }
}
