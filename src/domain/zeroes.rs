//! The system's allocator, but that great zeroed blocks at round addresses are not written to.
//!
//! The system hands out fresh pages that hold zeroes already; only where a block must begin at a
//! rounder address than usual, the standard library writes the zeroes itself, and so makes every
//! page of the block a real one. The Parquet writer asks for eight megabytes in that way as soon
//! as a column holds nothing, and uses some bytes of them. Imports nothing.
//!
//! Sample: 8 MB of zeroes at a multiple of 4,096 cost nothing until somebody reads them.

use std::alloc::{GlobalAlloc, Layout, System};

/// The allocator of the program.
#[derive(Debug, Clone, Copy, Default)]
pub struct UntouchedZeroes;

/// Below it the system needs no help.
const GREAT: usize = 1 << 20;

/// What the standard library takes for granted of every block of the system.
const USUAL: usize = 2 * size_of::<usize>();

/// The block of usual alignment that a great one at a round address is cut from. The same
/// layout always gives the same answer, so what was taken so is given back so.
fn around(layout: Layout) -> Option<Layout> {
    if layout.size() < GREAT || layout.align() <= USUAL {
        return None;
    }
    let size = layout.size().checked_add(layout.align())?;
    Layout::from_size_align(size, USUAL).ok()
}

/// The round address within a block that [`around`] asked for; how far it is from the beginning
/// stands just before it.
///
/// # Safety
///
/// `block` is null, or the beginning of a live block of the layout `around(layout)`.
unsafe fn cut(block: *mut u8, layout: Layout) -> *mut u8 {
    if block.is_null() {
        return block;
    }
    // Both the address and the alignment are multiples of USUAL, and the alignment is greater:
    // this is at least USUAL, and at most the alignment.
    let offset = layout.align() - block.addr() % layout.align();
    // SAFETY: the block is longer than the layout by the alignment, and `offset` is at most that,
    // so `layout.size()` bytes follow within the block. At least USUAL bytes, room for a `usize`,
    // lie before, and the address is a multiple of more than USUAL, so the note is aligned.
    unsafe {
        let start = block.add(offset);
        start.cast::<usize>().sub(1).write(offset);
        start
    }
}

/// The beginning of the block that [`cut`] cut this from.
///
/// # Safety
///
/// `start` came from [`cut`], and its block is live.
unsafe fn uncut(start: *mut u8) -> *mut u8 {
    // SAFETY: `cut` wrote the offset just before the address, and both lie in the block.
    unsafe { start.sub(start.cast::<usize>().sub(1).read()) }
}

// SAFETY: every block comes from the system's allocator. Most layouts are handed on as they are.
// The others are blocks of the system, longer by the alignment, of which a part is given out that
// is as long and as aligned as was asked (see `cut`); `around` depends on nothing but the layout,
// so they are found again by it. Nothing here panics: the divisor is an alignment, never 0.
unsafe impl GlobalAlloc for UntouchedZeroes {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match around(layout) {
            // SAFETY: the caller's promise: the size is not 0.
            None => unsafe { System.alloc(layout) },
            // SAFETY: a greater size, and the block is one of this layout.
            Some(block) => unsafe { cut(System.alloc(block), layout) },
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match around(layout) {
            // SAFETY: the caller's promise: the size is not 0.
            None => unsafe { System.alloc_zeroed(layout) },
            // SAFETY: a greater size, and the block is one of this layout. The offset is written
            // before the part that is given out, which stays zeroes.
            Some(block) => unsafe { cut(System.alloc_zeroed(block), layout) },
        }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        match around(layout) {
            // SAFETY: the caller's promise: it came from `alloc` with this layout, which handed
            // it on from the system.
            None => unsafe { System.dealloc(start, layout) },
            // SAFETY: by the same promise it came from `cut`, on a block of this layout.
            Some(block) => unsafe { System.dealloc(uncut(start), block) },
        }
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promise: the new size, rounded up, is no more than isize::MAX.
        let new = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        if around(layout).is_none() && around(new).is_none() {
            // SAFETY: the caller's promise; the block came from the system as it is.
            return unsafe { System.realloc(start, layout, new_size) };
        }
        // SAFETY: both sizes are not 0, both blocks are live and apart, and each is at least as
        // long as what is copied; the old one is given back once, with its layout.
        unsafe {
            let moved = self.alloc(new);
            if !moved.is_null() {
                start.copy_to_nonoverlapping(moved, layout.size().min(new_size));
                self.dealloc(start, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes and alignments on both sides of what is handed on.
    fn layouts() -> impl Iterator<Item = Layout> {
        let sizes = [1, 24, GREAT - 1, GREAT, GREAT + 1, 3 * GREAT];
        let aligns = [1, 8, 16, 32, 64, 4096, 1 << 16];
        sizes.into_iter().flat_map(move |size| {
            let layout = move |align| Layout::from_size_align(size, align).unwrap();
            aligns.into_iter().map(layout)
        })
    }

    #[test]
    fn blocks_are_aligned_whole_and_zeroed_where_asked() {
        for layout in layouts() {
            // SAFETY: no size is 0; each block is written within its size and given back once,
            // with its layout.
            unsafe {
                for round in 0..3_u8 {
                    let block = UntouchedZeroes.alloc(layout);
                    assert!(!block.is_null() && block.addr().is_multiple_of(layout.align()));
                    block.write_bytes(0xa0 | round, layout.size());
                    let zeroed = UntouchedZeroes.alloc_zeroed(layout);
                    assert!(!zeroed.is_null() && zeroed.addr().is_multiple_of(layout.align()));
                    let bytes = std::slice::from_raw_parts(zeroed, layout.size());
                    assert!(bytes.iter().all(|byte| *byte == 0));
                    UntouchedZeroes.dealloc(block, layout);
                    zeroed.write_bytes(0xff, layout.size());
                    UntouchedZeroes.dealloc(zeroed, layout);
                }
            }
        }
    }

    #[test]
    fn a_block_that_grows_or_shrinks_keeps_what_it_holds() {
        for layout in layouts() {
            for new_size in [1, 100, GREAT - 1, GREAT, 2 * GREAT] {
                // SAFETY: as above; the moved block has the new size and the old alignment.
                unsafe {
                    let block = UntouchedZeroes.alloc(layout);
                    block.write_bytes(7, layout.size());
                    let moved = UntouchedZeroes.realloc(block, layout, new_size);
                    assert!(!moved.is_null() && moved.addr().is_multiple_of(layout.align()));
                    let kept = layout.size().min(new_size);
                    let bytes = std::slice::from_raw_parts(moved, kept);
                    assert!(bytes.iter().all(|byte| *byte == 7));
                    moved.write_bytes(8, new_size);
                    let new = Layout::from_size_align(new_size, layout.align()).unwrap();
                    UntouchedZeroes.dealloc(moved, new);
                }
            }
        }
    }

    #[test]
    fn what_is_too_great_is_refused() {
        let layout = Layout::from_size_align(isize::MAX as usize - 4095, 4096).unwrap();
        assert!(around(layout).is_none());
    }
}
