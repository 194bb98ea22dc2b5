use skipstone::task;

#[task]
fn largest<T: Ord + Clone>(values: &Vec<T>) -> Option<T> {
    values.iter().max().cloned()
}

#[task]
fn shortest<'a>(values: &'a Vec<String>) -> usize {
    values.len()
}

fn main() {
    largest(&vec![1]);
    shortest(&Vec::new());
}

// Fix: write the types of this task, and call a generic function from it.
