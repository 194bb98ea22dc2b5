use skipstone::task;

struct Model;

impl Model {
    #[task]
    fn fit(&self, rows: u64) -> u64 {
        rows
    }
}

fn main() {
    Model.fit(1);
}

// Fix: make it a free function, and pass the data as parameters.
