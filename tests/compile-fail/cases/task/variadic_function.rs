use skipstone::task;

unsafe extern "C" {
    #[task]
    fn printf(format: *const u8, ...) -> i32;
}

#[task]
unsafe extern "C" fn sum(count: u64, ...) -> u64 {
    count
}

fn main() {}

// Fix: declare one parameter for each node that the task reads.
