use skipstone::task;

#[task]
unsafe fn read(address: u64) -> u8 {
    unsafe { *(address as *const u8) }
}

fn main() {
    let _ = unsafe { read(0) };
}

// Fix: wrap the unsafe part in a safe function.
