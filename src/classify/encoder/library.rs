//! Finds the shared library of ONNX Runtime and takes it into the process: the one place with `unsafe`.
//!
//! `ort` can load a library itself, but offers no second try with another one, and panics where it fails. So the library
//! is opened here, asked for its version, and its table of functions handed to `ort`.
#![allow(unsafe_code, reason = "a shared library can be opened and its functions called in no other way")]

use crate::classify::error::ModelError;
use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;

/// The library in use: once in, it stays for the life of the process.
static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);

#[derive(Clone)]
struct Loaded {
    path: PathBuf,
    version: String,
}

/// The version of the library in use.
pub(super) fn version() -> Option<String> {
    LOADED.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|l| l.version.clone())
}

/// Takes in the library that was named, or the first that is found. Where one is in already, it must be the same.
pub(super) fn load(named: Option<PathBuf>) -> Result<(), ModelError> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let (candidates, only) = match named {
        Some(path) => (vec![path], true),
        None if loaded.is_some() => return Ok(()),
        None => (installed(), false),
    };
    let mut refused = None;
    for path in candidates {
        let path = if path.is_dir() { in_directory(&path).unwrap_or(path) } else { path };
        let path = path.canonicalize().map_err(|source| ModelError::io(&path, source))?;
        match loaded.as_ref() {
            Some(l) if l.path == path => return Ok(()),
            Some(l) => {
                let reason = format!("ONNX Runtime was loaded from {} already", l.path.display());
                return Err(ModelError::Library { path: path.display().to_string(), reason });
            }
            None => {}
        }
        match open(&path) {
            Ok(version) => {
                *loaded = Some(Loaded { path, version });
                return Ok(());
            }
            Err(reason) => {
                let error = ModelError::Library { path: path.display().to_string(), reason };
                if only {
                    return Err(error);
                }
                refused.get_or_insert(error);
            }
        }
    }
    Err(refused.unwrap_or(ModelError::NoLibrary))
}

/// Opens the library and hands its functions to `ort`; returns its version.
fn open(path: &Path) -> Result<String, String> {
    type GetApiBase = unsafe extern "C" fn() -> *const ort::sys::OrtApiBase;
    // SAFETY: opening a library runs its initialisers. The user named this file, or asked for an installed ONNX Runtime.
    let library =
        unsafe { libloading::Library::new(path) }.map_err(|e| match std::error::Error::source(&e) {
            Some(source) => format!("cannot be loaded: {source}"),
            None => format!("cannot be loaded: {e}"),
        })?;
    // SAFETY: a symbol of this name has this type in every release of ONNX Runtime (onnxruntime_c_api.h).
    let base = unsafe { library.get::<GetApiBase>(b"OrtGetApiBase\0") }
        .map_err(|_| "not a library of ONNX Runtime: it has no OrtGetApiBase".to_owned())?;
    // SAFETY: the function takes nothing and returns a static table or null.
    let base = unsafe { base().as_ref() }.ok_or("OrtGetApiBase returned nothing")?;
    // SAFETY: it returns a static string that ends with a zero.
    let version = unsafe { CStr::from_ptr((base.GetVersionString)()) }.to_string_lossy().into_owned();
    let minor = version.split('.').nth(1).and_then(|m| m.parse::<u32>().ok()).unwrap_or(0);
    if minor < ort::MINOR_VERSION {
        return Err(format!("ONNX Runtime {version}, 1.{} or later is needed", ort::MINOR_VERSION));
    }
    // SAFETY: the version is known to this library, so it returns a static table of at least the functions that
    // `ort::sys::OrtApi` names; null is handled.
    let api = unsafe { (base.GetApi)(ort::sys::ORT_API_VERSION).as_ref() }
        .ok_or_else(|| format!("ONNX Runtime {version} does not offer version 1.{}", ort::MINOR_VERSION))?;
    if !ort::set_api(api.clone()) {
        return Err("another ONNX Runtime is in use".to_owned());
    }
    // The functions must stay where they are.
    std::mem::forget(library);
    Ok(version)
}

/// Where installed libraries are found, in order: beside the program, in Python environments, in Node packages, in the
/// places of the system.
fn installed() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = Vec::new();
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(dir) = std::env::current_exe().ok().as_deref().and_then(Path::parent) {
        places.extend([dir.to_owned(), dir.join("lib"), dir.join("../lib")]);
    }
    let home = var("HOME").or_else(|| var("USERPROFILE"));
    let environments = [var("VIRTUAL_ENV"), var("CONDA_PREFIX"), home.as_ref().map(|h| h.join(".local"))];
    let system = ["/usr/local", "/usr", "/opt/homebrew"].map(PathBuf::from);
    for root in environments.iter().flatten().chain(&system) {
        places.extend(python(root));
    }
    if let Some(prefix) = home {
        places.extend(node(&prefix.join("node_modules")));
    }
    for root in &system {
        places.extend(node(&root.join("lib/node_modules")));
        places.extend([root.join("lib"), root.join("lib64"), root.join("lib/x86_64-linux-gnu")]);
        places.push(root.join("lib/aarch64-linux-gnu"));
    }
    places.push(PathBuf::from("/opt/onnxruntime/lib"));
    places.iter().filter_map(|dir| in_directory(dir)).collect()
}

/// `lib/python3.X/site-packages/onnxruntime/capi` under the root of an environment, the newest Python first.
fn python(root: &Path) -> Vec<PathBuf> {
    let mut pythons: Vec<PathBuf> = entries(&root.join("lib"))
        .into_iter()
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("python3")))
        .collect();
    pythons.sort_by_key(|p| std::cmp::Reverse(numbers(p)));
    let mut out: Vec<PathBuf> = pythons
        .iter()
        .flat_map(|p| ["site-packages", "dist-packages"].map(|s| p.join(s).join("onnxruntime/capi")))
        .collect();
    out.push(root.join("Lib/site-packages/onnxruntime/capi"));
    out
}

/// `onnxruntime-node/bin/napi-vN/OS/ARCH` in a directory of Node packages.
fn node(modules: &Path) -> Vec<PathBuf> {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        os => os,
    };
    let arch = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "x64",
    };
    let mut versions = entries(&modules.join("onnxruntime-node/bin"));
    versions.sort_by_key(|p| std::cmp::Reverse(numbers(p)));
    versions.into_iter().map(|v| v.join(os).join(arch)).collect()
}

/// The library in a directory, the newest where there are several.
fn in_directory(dir: &Path) -> Option<PathBuf> {
    let library = |p: &PathBuf| {
        let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        let rest = name.strip_prefix(&format!("{prefix}onnxruntime"));
        // libonnxruntime.so, libonnxruntime.so.1.24.4, libonnxruntime.1.24.4.dylib; not libonnxruntime_providers_shared.so
        let version = |v: &str| v.chars().all(|c| c.is_ascii_digit() || c == '.');
        rest.is_some_and(|r| {
            r.strip_prefix(suffix).is_some_and(version) || r.strip_suffix(suffix).is_some_and(version)
        })
    };
    entries(dir).into_iter().filter(library).max_by_key(|p| numbers(p))
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> =
        std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    out.sort();
    out
}

/// The numbers in a file's name, so that 3.10 comes after 3.9.
fn numbers(path: &Path) -> Vec<u32> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect()
}
