use skipstone::{File, scenario, task};

#[task]
fn fetch(token: &str, key: &File) -> String {
    let _ = key;
    token.into()
}

scenario! {
    WithDefault {
        #[secret]
        input token: String = "geheim";
        input key: File = "key";
        #[secret]
        page = fetch(token, key);
    }
}

scenario! {
    WithOptions {
        #[secret(always)]
        input token: String;
        input key: File = "key";
        page = fetch(token, key);
    }
}

scenario! {
    OfFile {
        input token: String = "";
        #[secret]
        input key: File;
        page = fetch(token, key);
    }
}

fn main() {}

// Fix: remove the default, set the value for each run, and use `#[secret]` only for inputs that are not files.
