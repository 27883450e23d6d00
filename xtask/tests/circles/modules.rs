//! The modules of a crate and their files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Expr, Item, ItemMod, Lit, Meta};

/// A path of modules below the crate: `a::b` is ["a", "b"].
pub(crate) type ModulePath = Vec<String>;

/// The path of a module's module.
pub(crate) fn child(module: &[String], name: &str) -> ModulePath {
    [module, &[name.to_owned()]].concat()
}

/// The files of each module. A module that differs between operating systems has several files.
#[derive(Default)]
pub(crate) struct Modules {
    pub(crate) files: BTreeMap<ModulePath, Vec<PathBuf>>,
}

impl Modules {
    /// Follows every `mod` from the root file, whatever its `cfg`.
    pub(crate) fn of_crate(src: &Path, root: &str) -> Self {
        let mut modules = Self::default();
        modules.add(Vec::new(), src.join(root), src);
        modules
    }

    /// Adds a module, and those that its file declares, which are in the folder.
    fn add(&mut self, module: ModulePath, file: PathBuf, folder: &Path) {
        let items = parse(&file).items;
        self.files.entry(module.clone()).or_default().push(file.clone());
        self.add_declared(&module, &items, &file, folder);
    }

    fn add_declared(&mut self, module: &ModulePath, items: &[Item], file: &Path, folder: &Path) {
        for item in items {
            let Item::Mod(item) = item else { continue };
            let name = item.ident.to_string();
            let inner = child(module, &name);
            let below = folder.join(&name);
            match &item.content {
                Some((_, items)) => {
                    self.files.entry(inner.clone()).or_default().push(file.to_owned());
                    self.add_declared(&inner, items, file, &below);
                }
                None => {
                    let path = path_attribute(item).map(|path| file.parent().unwrap().join(path));
                    let candidates = match &path {
                        Some(path) => vec![path.clone()],
                        None => vec![folder.join(format!("{name}.rs")), below.join("mod.rs")],
                    };
                    let file = candidates.iter().find(|file| file.exists());
                    let file =
                        file.unwrap_or_else(|| panic!("no file for mod {name}: {candidates:?}"));
                    // A file with a path of its own has its modules beside it.
                    let folder = path.as_ref().and_then(|path| path.parent()).unwrap_or(&below);
                    self.add(inner, file.clone(), folder);
                }
            }
        }
    }

    /// How many leading names of a path are modules.
    pub(crate) fn depth(&self, path: &[String]) -> usize {
        (0..=path.len()).rev().find(|depth| self.files.contains_key(&path[..*depth])).unwrap()
    }
}

/// The items of a file.
fn parse(file: &Path) -> syn::File {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{file:?}: {error}"))
}

/// The file of `#[path = "file"] mod …`.
fn path_attribute(item: &ItemMod) -> Option<String> {
    item.attrs.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("path") => match &meta.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}
