use skipstone::task;

#[task]
fn largest<T: Ord + Clone>(values: &Vec<T>) -> Option<T> {
    values.iter().max().cloned()
}

fn main() {
    largest(&vec![1]);
}

// Fix: write the types of this task, and call a generic function from it.
