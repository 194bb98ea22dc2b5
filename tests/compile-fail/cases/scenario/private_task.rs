use skipstone::scenario;

mod inner {
    #[skipstone::task]
    fn hidden(x: f64) -> f64 {
        x
    }

    #[skipstone::task]
    pub fn shown(x: f64) -> f64 {
        hidden(x)
    }
}

scenario! {
    pub Trained {
        input rate: f64 = 1.0;
        hidden = inner::hidden(rate);
        shown = inner::show(rate);
    }
}

fn main() {
    inner::shown(1.0);
}

// Fix: make the task `pub(crate)`; write the name of a task that the module has.
