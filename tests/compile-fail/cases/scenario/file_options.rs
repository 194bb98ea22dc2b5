use skipstone::{scenario, task};

#[task]
fn double(x: f64) -> f64 {
    2.0 * x
}

scenario! {
    OfANumber {
        #[csv(separator = ";")]
        input x: f64 = 1.0;
        doubled = double(x);
    }
}

scenario! {
    Misspelt {
        #[csv(seperator = ";")]
        input x: f64 = 1.0;
        doubled = double(x);
    }
}

scenario! {
    OfAnOutput {
        input x: f64 = 1.0;
        #[excel(sheet = "Rates")]
        doubled = double(x);
    }
}

scenario! {
    Both {
        #[csv(separator = ";")]
        #[excel(sheet = "Rates")]
        input x: f64 = 1.0;
        doubled = double(x);
    }
}

fn main() {}

// Fix: use the suggested option; put `#[csv]` and `#[excel]` only before inputs of these files.
