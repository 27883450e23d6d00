//! Which file imports from which, with `use` or with a path in code.
//!
//! It reads tokens, because a macro's arguments are nothing but tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::modules::{ModulePath, Modules, child};

/// For each file the files that it imports from, with the paths in its text.
pub(crate) type Imports = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// All imports of a crate between its own files, which are named from its `src` on.
pub(crate) fn of_crate(src: &Path, root: &str) -> Imports {
    let modules = Modules::of_crate(src, root);
    let name = |file: &Path| file.strip_prefix(src).unwrap().to_str().unwrap().to_owned();
    let mut imports = Imports::new();
    for (module, files) in &modules.files {
        for file in files {
            let importing = imports.entry(name(file)).or_default();
            // A module within a file is read with its file.
            if is_inline(&modules, module, file) {
                continue;
            }
            let text = fs::read_to_string(file).unwrap();
            let mut paths = Vec::new();
            read(&modules, module, text.parse().unwrap(), &mut paths);
            for path in paths {
                let owner = &path[..modules.depth(&path)];
                let owners = &modules.files[owner];
                // If a module has a file for each system, none of them imports another.
                if owners.contains(file) {
                    continue;
                }
                let path = format!("crate::{}", path.join("::"));
                for other in owners {
                    importing.entry(name(other)).or_default().insert(path.clone());
                }
            }
        }
    }
    imports
}

/// Whether the file has the module between braces.
fn is_inline(modules: &Modules, module: &ModulePath, file: &Path) -> bool {
    let outer = module.split_last().and_then(|(_, outer)| modules.files.get(outer));
    outer.is_some_and(|files| files.iter().any(|outer| outer == file))
}

/// Collects the paths to modules of the crate, from the crate's root on.
fn read(modules: &Modules, module: &ModulePath, tokens: TokenStream, paths: &mut Vec<ModulePath>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut i = 0;
    while i < tokens.len() {
        match &tokens[i..] {
            [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..]
                if word == "mod" && body.delimiter() == Delimiter::Brace =>
            {
                read(modules, &child(module, &name.to_string()), body.stream(), paths);
                i += 3;
                continue;
            }
            [TokenTree::Group(group), ..] if !is_visibility(&group.stream()) => {
                read(modules, module, group.stream(), paths);
            }
            [TokenTree::Ident(first), ..] if !follows_colons(&tokens[..i]) => {
                if let Some(start) = start(modules, module, &first.to_string()) {
                    i += 1;
                    if colons(&tokens[i..]) {
                        i += follow(start, &tokens[i..], paths);
                    }
                    continue;
                }
            }
            _ => {}
        }
        i += 1;
    }
}

/// The module that a path's first name refers to, if it is a module of this crate.
fn start(modules: &Modules, module: &ModulePath, first: &str) -> Option<ModulePath> {
    match first {
        "crate" => Some(Vec::new()),
        "self" => Some(module.clone()),
        "super" => Some(module[..module.len().saturating_sub(1)].to_vec()),
        _ => {
            let child = child(module, first);
            modules.files.contains_key(&child).then_some(child)
        }
    }
}

/// Collects the rest of a path, with every branch of a `use` group, and counts its tokens.
fn follow(mut path: ModulePath, tokens: &[TokenTree], paths: &mut Vec<ModulePath>) -> usize {
    let mut i = 0;
    while colons(&tokens[i..]) {
        match tokens.get(i + 2) {
            Some(TokenTree::Ident(name)) if name == "super" => {
                path.pop();
            }
            Some(TokenTree::Ident(name)) => path.push(name.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let tokens: Vec<_> = group.stream().into_iter().collect();
                for branch in tokens.split(is_comma) {
                    if let Some(TokenTree::Ident(name)) = branch.first() {
                        let mut path = path.clone();
                        if name != "self" {
                            path.push(name.to_string());
                        }
                        follow(path, &branch[1..], paths);
                    }
                }
                return i + 3;
            }
            // `*`, or the `<` of generic arguments.
            _ => {
                i += 2;
                break;
            }
        }
        i += 3;
    }
    paths.push(path);
    i
}

/// Whether a group belongs to `pub(in path)`.
fn is_visibility(tokens: &TokenStream) -> bool {
    matches!(tokens.clone().into_iter().next(), Some(TokenTree::Ident(first)) if first == "in")
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':')
}

fn colons(tokens: &[TokenTree]) -> bool {
    tokens.len() >= 2 && tokens[..2].iter().all(is_colon)
}

fn follows_colons(before: &[TokenTree]) -> bool {
    before.len() >= 2 && before[before.len() - 2..].iter().all(is_colon)
}
