//! Headers → definitions: bindgen's output for one architecture, as plain data.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use bindgen::callbacks::{IntKind, ParseCallbacks};
use syn::{BinOp, Expr, GenericArgument, Item, Lit, PathArguments, Stmt, Type, UnOp};

use super::headers::Headers;
use super::items;
use super::items::item::NumberType;

/// The definitions that one architecture's headers have for the items that reflink-sys publishes.
#[derive(Default)]
pub(crate) struct Definitions {
    pub(crate) numbers: BTreeMap<String, i128>,
    pub(crate) structs: BTreeMap<String, Struct>,
}

#[derive(Default)]
pub(crate) struct Struct {
    pub(crate) fields: Vec<Field>,
    /// `size_of` and `offset_of!` expressions with their values, as clang lays the struct out.
    pub(crate) layout: Vec<(Measure, u64)>,
}

pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) rust_type: String,
}

pub(crate) enum Measure {
    Size,
    Offset(String),
}

/// Reads uapi.h as clang sees it for the architecture, without any other headers of this machine.
pub(crate) fn definitions(headers: &Headers, scratch: &Path) -> Result<Definitions> {
    let uapi = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/codegen/uapi.h");
    let mut builder = bindgen::builder()
        .header(uapi.to_string_lossy())
        .clang_args([format!("--target={}", headers.target).as_str(), "-nostdinc"])
        .clang_args(headers.include.iter().map(|dir| format!("-isystem{}", dir.display())))
        // bindgen alone cannot evaluate _IOW(…, struct …), which contains a sizeof; clang can.
        .clang_macro_fallback()
        .clang_macro_fallback_build_dir(scratch)
        .parse_callbacks(Box::new(NumberTypes))
        .formatter(bindgen::Formatter::None);
    for name in items::names() {
        builder = builder.allowlist_item(name);
    }
    let text = builder.generate()?.to_string();
    read(&syn::parse_file(&text)?)
}

/// Gives each constant the type that the tables state; bindgen would derive the type from the
/// value.
#[derive(Debug)]
struct NumberTypes;

impl ParseCallbacks for NumberTypes {
    fn int_macro(&self, name: &str, _value: i64) -> Option<IntKind> {
        items::number_type(name).map(|number| match number {
            NumberType::U32 => IntKind::U32,
            NumberType::U64 => IntKind::U64,
            NumberType::I32 => IntKind::I32,
        })
    }
}

/// Parses bindgen's output. It skips bindgen's own helpers and the aliases (`__u64` and others),
/// which differ between architectures.
fn read(file: &syn::File) -> Result<Definitions> {
    let mut found = Definitions::default();
    for item in &file.items {
        match item {
            Item::Const(item) if item.ident == "_" => read_layout(&item.expr, &mut found)
                .with_context(|| "bindgen's layout assertions look different now")?,
            Item::Const(item) => {
                let name = item.ident.to_string();
                let value = integer(&item.expr).with_context(|| format!("no value for {name}"))?;
                found.numbers.insert(name, value);
            }
            Item::Struct(item) if items::names().any(|name| item.ident == name) => {
                let name = item.ident.to_string();
                let fields = &mut found.structs.entry(name).or_default().fields;
                for field in &item.fields {
                    let name = field.ident.as_ref().context("a field without a name")?.to_string();
                    let rust_type = rust_type(&field.ty)
                        .with_context(|| format!("no Rust type for {}.{name}", item.ident))?;
                    fields.push(Field { name, rust_type });
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// One name for a type on every architecture. C's flexible array is an array without elements.
fn rust_type(c_type: &Type) -> Option<String> {
    match c_type {
        Type::Array(array) => {
            Some(format!("[{}; {}]", rust_type(&array.elem)?, integer(&array.len)?))
        }
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let name = last.ident.to_string();
            let rust = match name.as_str() {
                "__u64" => "u64",
                "__s64" => "i64",
                "__u32" => "u32",
                "__s32" => "i32",
                "__u16" => "u16",
                "c_uchar" => "u8",
                // Signed on some architectures, unsigned on others.
                "c_char" => "core::ffi::c_char",
                "__IncompleteArrayField" => {
                    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                        return None;
                    };
                    let Some(GenericArgument::Type(element)) = arguments.args.first() else {
                        return None;
                    };
                    return Some(format!("[{}; 0]", rust_type(element)?));
                }
                other => {
                    return items::names().find(|name| *name == other).map(str::to_owned);
                }
            };
            Some(rust.to_owned())
        }
        _ => None,
    }
}

/// Reads `const _: () = { ["Size of s"][size_of::<s>() - 8usize]; … }`, where the text of each
/// statement names its number. Alignments are left out: `u64` has C's alignment on every
/// architecture, and that differs (4 on i686).
fn read_layout(expr: &Expr, found: &mut Definitions) -> Option<()> {
    let Expr::Block(block) = expr else {
        return None;
    };
    for statement in &block.block.stmts {
        let Stmt::Expr(Expr::Index(index), _) = statement else {
            return None;
        };
        let Expr::Array(label) = &*index.expr else {
            return None;
        };
        let Expr::Binary(difference) = &*index.index else {
            return None;
        };
        let (Lit::Str(label), BinOp::Sub(_)) = (literal(label.elems.first()?)?, &difference.op)
        else {
            return None;
        };
        let value = integer(&difference.right)?.try_into().ok()?;
        let label = label.value();
        let (name, measure) = if let Some(name) = label.strip_prefix("Size of ") {
            (name, Measure::Size)
        } else if let Some(field) = label.strip_prefix("Offset of field: ") {
            let (name, field) = field.split_once("::")?;
            (name, Measure::Offset(field.to_owned()))
        } else if label.starts_with("Alignment of ") {
            continue;
        } else {
            return None;
        };
        found.structs.entry(name.to_owned()).or_default().layout.push((measure, value));
    }
    Some(())
}

fn literal(expr: &Expr) -> Option<&Lit> {
    match expr {
        Expr::Lit(literal) => Some(&literal.lit),
        _ => None,
    }
}

fn integer(expr: &Expr) -> Option<i128> {
    match expr {
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => Some(-integer(&unary.expr)?),
        _ => match literal(expr)? {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
    }
}
