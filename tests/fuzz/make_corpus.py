#!/usr/bin/env python3
"""Writes the corpus of the fuzz targets: small valid files and files that are broken in one way each.

Run it in this folder; it replaces what it wrote before and leaves the inputs that fuzzing found (named by hash).
"""
import gzip
import io
import json
import pathlib
import struct
import sys
import zipfile
import zlib

sys.path.append(str(pathlib.Path(__file__).parent.parent / "vectors"))
from image_files import SIGNATURE, chunk, header, jpeg, png

CORPUS = pathlib.Path(__file__).parent / "corpus"


def write(name, contents):
    path = CORPUS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())


def idx(extents, elements, magic=(0, 0, 8)):
    return bytes(magic) + bytes([len(extents)]) + struct.pack(f">{len(extents)}I", *extents) + bytes(elements)


def packed(contents):
    return gzip.compress(contents, mtime=0)


def gzip_corpus():
    member = packed(b"samples, samples and labels")
    write("gzip/one", member)
    write("gzip/empty", packed(b""))
    write("gzip/two", member + packed(b"more"))
    write("gzip/stored", gzip.compress(b"stored", compresslevel=0, mtime=0))
    write("gzip/zeros", packed(bytes(100_000)))
    write("gzip/over_the_limit", packed(bytes(100_001)))
    write("gzip/cut", member[:-9])
    write("gzip/without_length", member[:-4])
    write("gzip/bad_checksum", member[:-8] + bytes([member[-8] ^ 1]) + member[-7:])
    write("gzip/bad_length", member[:-1] + b"\1")
    write("gzip/trailing_zero", member + b"\0")
    write("gzip/trailing_header", member + b"\x1f\x8b")
    write("gzip/bad_method", member[:2] + b"\7" + member[3:])
    # Every optional field: text, header checksum, extra, name, comment.
    write("gzip/all_fields", b"\x1f\x8b\x08\x1f" + bytes(6) + b"\2\0ab" + b"name\0" + b"comment\0" + b"\0\0" + member[10:])
    write("gzip/name", b"\x1f\x8b\x08\x08" + bytes(6) + b"name\0" + member[10:])


def idx_corpus():
    images = idx([3, 2, 2], range(12))
    write("idx/labels", idx([5], range(5)))
    write("idx/images", images)
    write("idx/rank_6", idx([1, 2, 1, 1, 1, 2], range(4)))
    write("idx/images_gz", packed(images))
    write("idx/cut", images[:-1])
    write("idx/cut_extent", images[:10])
    write("idx/cut_magic", images[:3])
    write("idx/longer", images + b"\0")
    write("idx/longer_gz", packed(images + b"\0"))
    write("idx/zero_extent", idx([3, 0, 2], []))
    write("idx/overflow", idx([0xFFFFFFFF] * 6, []))
    write("idx/four_gigabytes", idx([0xFFFFFFFF], []))
    write("idx/one_gigabyte_gz", packed(idx([1 << 30], [1])))
    write("idx/rank_0", idx([], []))
    write("idx/rank_7", idx([1] * 7, [0]))
    write("idx/float32", idx([1], bytes(4), (0, 0, 13)))
    write("idx/bad_magic", idx([1], [1], (0, 1, 8)))


def csv_corpus():
    write("csv/plain", ",\n1.5,2,0\n-3,4e1,2\n")
    write("csv/header", ",class\na,class,b\r\n1,0,2\r\n")
    write("csv/index", ";0\n1;2;3\n")
    write("csv/quotes", ',\n"a","b ""c""",d\n "1" , 2,"3"\n')
    write("csv/tabs", "\t\n1\t2\t0\n\n \n")
    write("csv/byte_order_mark", b",\n\xef\xbb\xbf1,2\n")
    write("csv/ragged", ",\n1,2,0\n1,2\n")
    write("csv/text", ",\n1,2,0\n1,x,0\n")
    write("csv/empty_cell", ",\n1,2,0\n1,,0\n")
    write("csv/not_finite", ",\n1,nan,0\ninf,1,0\n")
    write("csv/out_of_range", ",\n1e39,1e999,1e-999\n")
    write("csv/open_quote", ',\n1,"2\n3"\n')
    write("csv/after_quote", ',\n"1"2,3\n')
    write("csv/label", ",\n1,-1\n1,1000000\n1,0.5\n")
    write("csv/no_column", ",z\na,b\n1,2\n")
    write("csv/same_names", ",a\na,a\n1,2\n")
    write("csv/separator", ".\n1.2\n")
    write("csv/empty_line", ",\n1,2\n\n1,2\n")
    # Behind the label column those that are ignored, y or n before one if the header is not guessed.
    write("csv/ignored", ",kind\001time\001y3\ntime,kind,a,\n12:00,1,2.5,x\n12:01,0,3,\n")
    write("csv/ignored_last", ";\0012\0010\n,1;2;x\n,1;2;y\n")
    write("csv/ignored_label", ",1\0011\n1,2\n")
    write("csv/all_ignored", ",\0011\0010\n1,2,3\n")
    write("csv/no_ignored_column", ",\001time\n1,2,3\n")
    write("csv/carriage_returns", ",\n1,2\r3,4\r")
    write("csv/tiny", ",\n1e-400,0.0001e-99999999999999999999,0\n")
    write("csv/compressed", b",\n" + gzip.compress(b"a,b\n1,0\n2,1\n", mtime=0))
    write("csv/compressed_cut", b",\n" + gzip.compress(b"a,b\n1,0\n2,1\n", mtime=0)[:-5])
    write("csv/numbers_as_names", ",\001y0\n0,1,2\n5,6,7\n")
    write("csv/no_header", ",\001n0\nx,6,1\ny,5,0\n")
    write("csv/empty_name", ",\n,a,b\n0,1,2\n")


def run_corpus():
    """The first byte: 0 log.jsonl, 1 job.json, 2 plan.json, 3 result.json."""
    epoch = ('{"epoch":%d,"iterations":4,"train_loss":0.5,"train_accuracy":0.75,"validation_loss":%s,'
             '"validation_accuracy":null,"seconds":1.5,"samples_per_second":1e4}\n')
    iteration = '{"iteration":%d,"epoch":1,"loss":0.25,"learning_rate":1e-3}\n'
    memory = ('{"parameters":%d,"gradients":0,"optimizer_state":16,"activations":4,"workspace":2,"plan":1}')
    for name, text in {
        "log": epoch % (1, "0.4") + iteration % 100 + iteration % 200 + epoch % (2, "null"),
        "again": epoch % (1, "1") + epoch % (2, "1") + epoch % (3, "1") + epoch % (2, "2"),
        "torn": epoch % (1, "1") + (epoch % (2, "1"))[:50],
        "far": epoch % (18446744073709551615, "-1e308") + epoch % (1, "1e308"),
        "short": '{"epoch":1}\n',
        "kinds": '{"iteration":"1","epoch":1,"loss":1}\n',
        "empty_line": "\n",
        "anomalies": '{"iteration":3,"epoch":1,"anomaly":"loss","action":"skip","loss":null,"layer":"3 Dense","samples":[25,1],"more_samples":3}\n'
                     + epoch % (1, "0.4"),
        "anomaly_cause": '{"iteration":3,"epoch":1,"anomaly":"los","action":"skip","loss":1,"layer":"","samples":[]}\n',
        "anomaly_samples": '{"iteration":3,"epoch":1,"anomaly":"loss","action":"skip","loss":1,"layer":"","samples":[-1]}\n',
        "ended": epoch % (1, "0.4") + '{"ended":"request"}\n',
        "ended_kind": '{"ended":1}\n',
        "validations": '{"iteration":2,"epoch":1,"validation_loss":0.5,"validation_accuracy":null}\n' + epoch % (1, "0.4"),
    }.items():
        write("run/log_" + name, "\0" + text)
    write("run/job", '\1{"model":"<mlp>","epochs":3,"rate":0.5,"shuffle":true,"memory":null,"list":[1]}')
    write("run/job_array", "\1[]")
    write("run/plan", '\2{"memory":%s,"layers":[{"name":"0 Dense","memory":%s}]}' % (memory % 8, memory % 4))
    write("run/plan_sum", '\2{"memory":%s}' % (memory % 18446744073709551615))
    write("run/plan_layer", '\2{"layers":[{"name":"a"}]}')
    write("run/result", '\3{"best":1,"confusion":[[5,1],[2,6]]}')
    profile = '{"profile":{"iterations":9,"seconds":0.5,"waiting":0.1,"other":0.1,"calls":[{"part":"%s",'
    profile += '"layer":"0 Dense","name":"forward","seconds":0.3}]}}'
    write("run/result_profile", "\3" + profile % "forward")
    write("run/result_part", "\3" + profile % "rest")
    write("run/result_classes", '\3{"by_class":{"samples":[6,8],"predicted":[7,7],"correct":[5,6]},"classes":["a,\\"<","b"]}')
    write("run/result_names", '\3{"confusion":[[5,1],[2,6]],"classes":["a"]}')
    write("run/result_counts", '\3{"by_class":{"samples":[6],"predicted":[7],"correct":[9]}}')
    write("run/result_row", '\3{"confusion":[[5,1]]}')
    write("run/result_count", '\3{"confusion":[[-1]]}')


def json_corpus():
    write("json/kinds", '{"a": [1, -2.5e1, true, false, null], "b": {"c": "text"}, "": 0, "e": [], "f": {}}')
    write("json/escapes", r'["\u0061\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00\u0000", "é"]')
    write("json/numbers", "[0, -0, 18446744073709551615, 18446744073709551616, 1e999, 1e-999, 0.1, 1E+2]")
    write("json/deep_enough", "[" * 64 + "]" * 64)
    write("json/too_deep", "[" * 65 + "]" * 65)
    write("json/far_too_deep", '{"a":' * 2000)
    write("json/same_name", r'{"a":1,"\u0061":2}')
    write("json/lone_surrogate", r'"\ud800x"')
    write("json/wrong_pair", r'"\ud800\ud800"')
    write("json/overlong", b'"\xc0\x80"')
    write("json/control", b'"\x01"')
    write("json/open_string", '"abc')
    write("json/open_escape", '"abc\\u12')
    write("json/comma", "[1,]")
    write("json/two", "1 2")
    write("json/leading_zero", "01")
    write("json/nothing", " \t\r\n")


def tensor(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def safetensors(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def safetensors_corpus():
    good = {"__metadata__": {"k": "v"}, "w": tensor("F32", [2, 1], 0, 8), "n": tensor("I32", [], 8, 12)}
    file = safetensors(good, bytes(range(12)))
    write("safetensors/good", file)
    write("safetensors/text", json.dumps(good).encode() + b"\0" + bytes(range(12)))
    write("safetensors/other_types", safetensors({"a": tensor("BF16", [2], 0, 4), "b": tensor("F64", [0, 3], 4, 4)}, bytes(4)))
    write("safetensors/empty", safetensors({}))
    write("safetensors/long_header", struct.pack("<Q", len(file)) + file[8:])
    write("safetensors/over_the_limit", struct.pack("<Q", 100_000_001) + file[8:])
    write("safetensors/huge_header", b"\xff" * 8 + file[8:])
    write("safetensors/cut", file[:-1])
    write("safetensors/longer", file + b"\0")
    write("safetensors/not_json", safetensors(b"{hello"))
    write("safetensors/deep", safetensors(b'{"x":' + b"[" * 1000))
    write("safetensors/same_name", safetensors(b'{"x":{},"x":{}}'))
    write("safetensors/unknown_type", safetensors({"x": tensor("F99", [1], 0, 4)}, bytes(4)))
    write("safetensors/overflow", safetensors({"x": tensor("F32", [1 << 32, 1 << 32], 0, 4)}, bytes(4)))
    write("safetensors/mismatch", safetensors({"x": tensor("F32", [3], 0, 4)}, bytes(4)))
    write("safetensors/reversed", safetensors({"x": tensor("F32", [1], 4, 0)}, bytes(4)))
    write("safetensors/gap", safetensors({"a": tensor("U8", [1], 0, 1), "b": tensor("U8", [1], 2, 3)}, bytes(3)))
    write("safetensors/overlap", safetensors({"a": tensor("U8", [2], 0, 2), "b": tensor("U8", [2], 1, 3)}, bytes(3)))
    write("safetensors/beyond", safetensors({"x": tensor("U8", [8], 2**64 - 9, 2**64 - 1)}, bytes(8)))
    write("safetensors/rank_7", safetensors({"x": tensor("U8", [1] * 7, 0, 1)}, bytes(1)))


def model_file_corpus():
    dense = {"type": "Dense", "units": 2, "bias": True, "initializer": "he_uniform"}
    model = {"format": 1, "input": [3, 1], "layers": [{"type": "Flatten"}, dense, {"type": "Relu"}]}
    tensors = {"1.weight": tensor("F32", [2, 3], 0, 24), "1.bias": tensor("F32", [2], 24, 32)}

    def file(description, parts=tensors, data=bytes(range(32))):
        return safetensors({"__metadata__": {"treadle.model": json.dumps(description)}, **parts}, data)

    write("model_file/good", file(model))
    shift, scale = tensor("F32", [1], 32, 36), tensor("F32", [1], 36, 40)
    normalized = {**tensors, "normalization.shift": shift, "normalization.scale": scale}
    named = {"treadle.model": json.dumps(model), "treadle.classes": json.dumps(["cat", "say \"dog\""])}
    write("model_file/classes", safetensors({"__metadata__": named, **tensors}, bytes(32)))
    repeated = {**named, "treadle.classes": json.dumps(["cat", "cat"])}
    write("model_file/classes_twice", safetensors({"__metadata__": repeated, **tensors}, bytes(32)))
    write("model_file/normalized", file(model, normalized, bytes(40)))
    write("model_file/shift_alone", file(model, {**tensors, "normalization.shift": shift}, bytes(36)))
    write("model_file/description", json.dumps(model))
    write("model_file/no_bias", json.dumps({**model, "layers": [{"type": "Flatten"}, {**dense, "bias": False}]}))
    write("model_file/no_layers", json.dumps({**model, "layers": []}))
    write("model_file/unknown_layer", json.dumps({**model, "layers": [{"type": "Magic"}]}))
    write("model_file/unknown_field", json.dumps({**model, "layers": [{"type": "Relu", "slope": 1}]}))
    write("model_file/slope", json.dumps({**model, "layers": [{"type": "LeakyRelu", "slope": 0.01}]}))
    write("model_file/slope_refused", json.dumps({**model, "layers": [{"type": "LeakyRelu", "slope": -1e-39}]}))
    write("model_file/missing_field", json.dumps({**model, "layers": [{"type": "Dense", "units": 1}]}))
    write("model_file/wrong_type", json.dumps({**model, "layers": [{**dense, "units": "2"}]}))
    write("model_file/initializer", json.dumps({**model, "layers": [{**dense, "initializer": "on\nes"}]}))
    write("model_file/format_2", json.dumps({**model, "format": 2}))
    write("model_file/huge", json.dumps({**model, "input": [2**40], "layers": [{**dense, "units": 2**40}]}))
    write("model_file/not_flat", json.dumps({**model, "layers": [dense]}))
    write("model_file/no_description", safetensors(tensors, bytes(32)))
    write("model_file/not_json", safetensors({"__metadata__": {"treadle.model": "{"}}))
    write("model_file/missing_tensor", file(model, {"1.weight": tensors["1.weight"]}, bytes(24)))
    write("model_file/extra_tensor", file(model, {**tensors, "x": tensor("F32", [1], 32, 36)}, bytes(36)))
    write("model_file/other_shape", file(model, {**tensors, "1.weight": tensor("F32", [3, 2], 0, 24)}))
    write("model_file/integers", file(model, {**tensors, "1.bias": tensor("I32", [2], 24, 32)}))


def checkpoint_corpus():
    """The fuzz target puts in the checksums; "written" is what the library writes, with its own. A state begins as an object."""
    evaluation = {"loss": 0.5, "accuracy": 0.75}
    epoch = {"epoch": 1, "iterations": 5, "train_loss": 0.25, "train_accuracy": 0.5, "validation": [evaluation],
             "seconds": 1, "samples_per_second": 1e3, "learning_rate": 0.001}
    state = {"iteration": 7, "epoch": 2, "epoch_iteration": 2, "validated": 1,
             "totals": {"loss": "nan", "correct": 3, "samples": 20, "skipped": 10}, "epoch_seconds": 0.5, "finished_seconds": 0.75, "seconds": 1.5,
             "early_stop": {"best": "-inf", "best_epoch": 0, "waited": 1},
             "plateau": {"best": "inf", "waited": 0, "cooldown": 0, "factor": 1},
             "guard": {"recent": [0.5, 0.25], "anomalies": 1, "rate": 0.5},
             "best": [{"epoch": 1, "iteration": 2, "run_iteration": 2, "at_epoch_end": False, "evaluation": evaluation}],
             "best_epoch": [epoch]}
    extents = {"0.weight": [2, 3], "0.bias": [2], "2.weight": [2, 2]}
    tensors, begin = {}, 0
    for prefix in ["parameters", "first_moment", "second_moment", "best"]:
        for name, shape in extents.items():
            size = 4 * shape[0] * (shape[1] if len(shape) == 2 else 1)
            tensors[f"{prefix}.{name}"] = tensor("F32", shape, begin, begin + size)
            begin += size

    def after(begin, epochs, validations):
        """The tables of records, then the checksums."""
        places = [("epochs", "F64", [epochs, 10], 80 * epochs), ("validations", "F64", [validations, 6], 48 * validations),
                  ("crc32c", "U32", [14], 56), ("hash", "U64", [1], 8)]
        found = {}
        for name, kind, shape, size in places:
            found[name] = tensor(kind, shape, begin, begin + size)
            begin += size
        return found

    rows = struct.pack("<10d", 1, 5, 0.25, 0.5, 1, 0.5, 0.75, 1, 1e3, 0.001) + struct.pack("<6d", 1, 2, 2, 0, 0.5, 0.75)
    ends = after(begin, 1, 1)
    good = {"treadle.checkpoint": "2", "treadle.generation": "3",
            "treadle.optimizer": json.dumps({"beta1_power": 0.9, "beta2_power": 0.999}),
            "treadle.state": json.dumps(state), "treadle.run.seed": "1"}

    def file(metadata=good, parts={**tensors, **ends}, data=bytes(begin) + rows + bytes(64)):
        return safetensors({"__metadata__": metadata, **parts}, data)

    write("checkpoint/good", file())
    write("checkpoint/cut", file()[:-1])
    write("checkpoint/no_metadata", file({}))
    write("checkpoint/format_1", file({**good, "treadle.checkpoint": "1"}))
    write("checkpoint/generation", file({**good, "treadle.generation": "-1"}))
    write("checkpoint/state", file({**good, "treadle.state": "{}"}))
    write("checkpoint/optimizer", file({**good, "treadle.optimizer": "[1]"}))
    write("checkpoint/no_sums", file(good, tensors, bytes(begin)))
    write("checkpoint/no_records", file(good, {**tensors, **after(begin, 0, 0)}, bytes(begin + 64)))
    write("checkpoint/too_many_records", file(good, {**tensors, **after(begin, 4, 4)}, bytes(begin + 4 * 128 + 64)))
    write("checkpoint/record", file(data=bytes(begin) + struct.pack("<d", 0.5) + rows[8:] + bytes(64)))
    only = {"t": tensor("F32", [2], 0, 8), "crc32c": tensor("U32", [1], 8, 12), "hash": tensor("U64", [1], 12, 20)}
    write("checkpoint/other_tensors", file(good, only, bytes(20)))
    other = {**tensors, "best.0.weight": tensor("F32", [3, 2], *tensors["best.0.weight"]["data_offsets"]), **ends}
    write("checkpoint/other_shape", file(good, other))
    write("checkpoint/state_alone", json.dumps(state))
    write("checkpoint/state_unknown_field", json.dumps({**state, "more": 1}))
    write("checkpoint/state_no_number", json.dumps({**state, "seconds": "soon"}))
    write("checkpoint/state_negative", json.dumps({**state, "iteration": -1}))
    write("checkpoint/state_epoch", json.dumps({**state, "best_epoch": [{}]}))
    write("checkpoint/state_validation", json.dumps({**state, "best_epoch": [{**epoch, "validation": [evaluation] * 2}]}))


def raw_corpus():
    good = {"format": 1, "features": "x.bin", "type": "uint8", "shape": [2, 3], "samples": 4, "labels": "y.bin",
            "label_type": "uint8", "classes": 3}
    write("raw/bytes", json.dumps(good))
    write("raw/scaled", json.dumps({**good, "scale": 0.5, "offset": -1e-3}))
    write("raw/floats", json.dumps({**good, "type": "float32", "label_type": "int32"}))
    write("raw/scaled_floats", json.dumps({**good, "type": "float32", "scale": 1}))
    write("raw/scale_out_of_range", json.dumps({**good, "scale": 1e39}))
    write("raw/unknown_field", json.dumps({**good, "mean": 0}))
    write("raw/missing_field", json.dumps({"format": 1, "features": "x.bin"}))
    write("raw/format_2", json.dumps({**good, "format": 2}))
    write("raw/no_extents", json.dumps({**good, "shape": []}))
    write("raw/zero_extent", json.dumps({**good, "shape": [2, 0]}))
    write("raw/rank_7", json.dumps({**good, "shape": [1] * 7}))
    write("raw/overflow", json.dumps({**good, "shape": [1 << 32, 1 << 32]}))
    write("raw/too_large", json.dumps({**good, "shape": [(1 << 63) - 1]}))
    write("raw/no_samples", json.dumps({**good, "samples": 0}))
    write("raw/classes", json.dumps({**good, "classes": 1_000_001}))
    write("raw/empty_name", json.dumps({**good, "labels": ""}))
    write("raw/zero_byte", json.dumps({**good, "labels": "y\0"}))
    for fields in (("labels", "label_type", "classes"), ("labels",), ("classes", "label_type")):
        unlabelled = {field: value for field, value in good.items() if field not in fields}
        write(f"raw/without_{'_'.join(fields)}", json.dumps(unlabelled))
    write("raw/array", "[]")
    # Behind a zero byte what the files hold.
    write("raw/contents", json.dumps(good) + "\0\1\2\0")
    write("raw/label_out_of_range", json.dumps(good) + "\0\1\2\3")
    write("raw/float_contents", json.dumps({**good, "type": "float32", "classes": 256}).encode() + b"\0\1\0\1\0")
    wide = json.dumps({**good, "type": "float32", "label_type": "int32", "classes": 1_000_000}).encode()
    write("raw/int32_labels", wide + b"\0\1\2\3\0")
    write("raw/negative_labels", wide + b"\0\1\2\3\x80")
    write("raw/not_finite", json.dumps({**good, "type": "float32", "classes": 256}).encode() + b"\0\0\0\x80\x7f")
    write("raw/many_labels", json.dumps({**good, "samples": (1 << 32) - 1}))
    write("raw/many_floats", json.dumps({**good, "type": "float32", "shape": [3, 300]}))
    write("raw/runs", json.dumps({**good, "shape": [5], "samples": 3000}))
    write("raw/cut", json.dumps(good)[:50])
    for name in ("bool", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float64"):
        write("raw/" + name, json.dumps({**good, "type": name, "label_type": "uint8", "classes": 256}).encode() +
              b"\0\1\x3c\x80\xff\x40\1\2")
    counts = {**good, "type": "int16", "label_type": "uint8", "classes": 256}
    for name, scaling in (("int16", {"scale": 2**-15, "offset": -0.5}), ("beyond", {"scale": 3e38})):
        write("raw/scaled_" + name, json.dumps({**counts, **scaling}).encode() + b"\0\1\x3c\x80\xff\x40\1\2")
    for name in ("bool", "int8", "uint16", "int16", "uint32", "uint64", "int64"):
        write("raw/labels_" + name, json.dumps({**good, "label_type": name, "classes": 1000}).encode() +
              b"\0\1\0\0\0\0\0\0\0")


def split_corpus():
    write("split/three", "3\n0\r\n999")
    write("split/twice", "1\n2\n1\n")
    write("split/out_of_range", "1000\n")
    write("split/negative", "-1\n")
    write("split/empty_line", "1\n\n2\n")
    write("split/text", "one\n")
    write("split/many_digits", "9" * 30)
    write("split/byte_order_mark", "\ufeff3 \r\n 0\t\n\n")
    write("split/weights", "\ufeff0.5 \n\n \n")
    write("split/all", "".join(f"{i}\n" for i in range(1000)))


def npy(descr, shape, elements, major=1, order="False"):
    header = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    start = b"\x93NUMPY" + bytes([major, 0]) + struct.pack("<H" if major == 1 else "<I", len(header))
    return start + header + bytes(elements)


def npy_corpus():
    write("npy/floats", npy("<f4", "(2, 3)", bytes(24)))
    write("npy/doubles_version_2", npy("<f8", "(2,)", bytes(16), major=2))
    write("npy/scalar", npy("|u1", "()", b"\7"))
    write("npy/no_elements", npy("<i8", "(0, 5)", b""))
    write("npy/cut", npy("<i4", "(2,)", bytes(7)))
    write("npy/longer", npy("<i4", "(2,)", bytes(9)))
    write("npy/version_3", npy("<i4", "(2,)", bytes(8), major=3))
    write("npy/fortran_order", npy("<i4", "(2, 1)", bytes(8), order="True"))
    write("npy/big_endian", npy(">i4", "(2,)", bytes(8)))
    write("npy/rank_7", npy("|u1", "(1, 1, 1, 1, 1, 1, 1)", b"\1"))
    write("npy/overflow", npy("<f8", "(2305843009213693952,)", b""))
    write("npy/no_size", npy("<f8", "(18446744073709551616,)", b""))
    write("npy/negative", npy("<f8", "(-1,)", b""))
    write("npy/cut_header", npy("<f8", "(1,)", b"")[:30])
    write("npy/labels", npy("<i4", "(3, 1)", struct.pack("<3i", 2, 0, 999_999)))
    write("npy/label_out_of_range", npy("<i8", "(2,)", struct.pack("<2q", 0, 1 << 40)))
    write("npy/negative_label", npy("<i4", "(2,)", struct.pack("<2i", 0, -1)))
    write("npy/bytes", npy("|u1", "(5, 2)", range(10)))
    write("npy/images", npy("|u1", "(2, 2, 3)", range(12)))
    write("npy/signals", npy("<f4", "(2, 2, 3)", struct.pack("<12f", *range(12))))
    write("npy/doubles", npy("<f8", "(2, 2)", struct.pack("<4d", 1, -2.5, 1e-300, 3e38)))
    write("npy/not_finite", npy("<f4", "(2, 1)", struct.pack("<2f", 1, float("nan"))))
    write("npy/double_out_of_range", npy("<f8", "(2, 1)", struct.pack("<2d", 1, 1e39)))
    write("npy/no_samples", npy("<f4", "(0, 2)", b""))
    write("npy/empty_samples", npy("<f4", "(2, 0)", b""))
    write("npy/many_empty_samples", npy("|u1", "(5000000000, 0)", b""))
    for type, code in (("b1", "2?"), ("i1", "2b"), ("u2", "<2H"), ("i2", "<2h"), ("u4", "<2I"), ("i4", "<2i"), ("u8", "<2Q"),
                       ("i8", "<2q"), ("f2", "<2e")):
        descr = ("|" if type[1] == "1" else "<") + type
        write("npy/values_" + type, npy(descr, "(2, 1)", struct.pack(code, 1, 100)))
        write("npy/labels_" + type, npy(descr, "(2,)", struct.pack(code, 1, 0)))
    write("npy/label_of_64_bits", npy("<u8", "(2,)", struct.pack("<2Q", 0, (1 << 64) - 1)))
    write("npy/infinite_half", npy("<f2", "(2, 1)", b"\0\x3c\0\x7c"))
    write("npy/two_pieces", npy("<f8", "(3, 200)", bytes(3 * 200 * 8)))


def npz(arrays, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, contents in arrays.items():
            archive.writestr(zipfile.ZipInfo(name + ".npy"), contents, method)
    return file.getvalue()


def zip64(arrays):
    """Stored, with the numbers of the directory where ZIP64 has them, as numpy.savez writes a file above 4 GiB."""
    archive, directory = b"", b""
    for name, contents in arrays.items():
        name = (name + ".npy").encode()
        extra = struct.pack("<HHQQQ", 1, 24, len(contents), len(contents), len(archive))
        common = struct.pack("<HHHIIIIHH", 45, 0, 0, 0, zlib.crc32(contents), 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(extra))
        directory += b"PK\1\2" + struct.pack("<H", 45) + common + bytes(10) + b"\xff" * 4 + name + extra
        archive += b"PK\3\4" + common + name + extra + contents
    record = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, len(arrays), len(arrays), len(directory), len(archive))
    locator = b"PK\6\7" + struct.pack("<IQI", 0, len(archive) + len(directory), 1)
    return archive + directory + record + locator + b"PK\5\6" + bytes(4) + b"\xff" * 12 + bytes(2)


def npz_corpus():
    pair = {"x": npy("|u1", "(2, 3)", bytes(6)), "y": npy("|u1", "(2,)", b"\0\1")}
    parts = {"x_train": npy("<f4", "(2, 1)", bytes(8)), "y_train": npy("<i8", "(2,)", bytes(16)),
             "x_test": npy("<f8", "(1, 1)", bytes(8)), "y_test": npy("<i4", "(1, 1)", b"\2\0\0\0")}
    stored, deflated = npz(pair), npz(pair, zipfile.ZIP_DEFLATED)
    write("npz/pair", stored)
    write("npz/pair_deflated", deflated)
    write("npz/parts", npz(parts, zipfile.ZIP_DEFLATED))
    write("npz/bzip2", npz(pair, zipfile.ZIP_BZIP2))
    write("npz/empty", npz({}))
    write("npz/no_labels", npz({"x": pair["x"]}))
    write("npz/not_finite", npz({"x": npy("<f4", "(1, 1)", b"\0\0\xc0\x7f"), "y": npy("|u1", "(1,)", b"\0")}))
    write("npz/bad_label", npz({**pair, "y": npy("<i4", "(2,)", b"\xff" * 8)}))
    write("npz/not_npy", npz({**pair, "y": b"y"}))
    three = {**parts, "x_val": npy("<i2", "(2, 1)", bytes(4)), "y_val": npy("|b1", "(2,)", b"\0\1")}
    write("npz/three_parts", npz(three))
    write("npz/valid_part", npz({name.replace("_val", "_valid"): three[name] for name in three if "test" not in name}))
    write("npz/halves_deflated", npz({"x": npy("<f2", "(3, 1)", b"\0\x3c" * 3), "y": npy("<u4", "(3,)", bytes(12))},
                                     zipfile.ZIP_DEFLATED))
    write("npz/zip64", zip64(pair))
    write("npz/zip64_without_locator", zip64(pair).replace(b"PK\6\7", b"PK\6\0"))
    write("npz/zip64_without_numbers", zip64(pair).replace(struct.pack("<HHQ", 1, 24, len(pair["x"])), bytes(12)))
    write("npz/cut", stored[:-1])
    write("npz/bad_checksum", stored.replace(b"\x93NUMPY", b"\x92NUMPY"))
    write("npz/without_start", deflated[9:])


def image_corpus():
    grey = [[(0,), (255,), (7,)], [(1,), (2,), (3,)]]
    color = [[(1, 2, 3), (4, 5, 6)], [(7, 8, 9), (10, 11, 12)]]
    palette = chunk(b"PLTE", bytes(6))
    good = png(grey, 8, 0)
    write("image/grey.png", good)
    write("image/color.png", png(color, 8, 2))
    write("image/alpha.png", png([[(1, 2, 3, 4)]], 16, 6))
    write("image/interlaced.png", png(grey, 16, 0, interlaced=True))
    write("image/palette.png", png([[(0,), (1,)]], 1, 3, before=palette))
    write("image/palette_beyond.png", png([[(0,), (9,)]], 4, 3, before=palette))
    write("image/no_palette.png", png([[(0,), (1,)]], 1, 3))
    write("image/cut.png", good[:-20])
    write("image/no_data.png", SIGNATURE + header(3, 2, 8, 0) + chunk(b"IEND", b""))
    write("image/too_little_data.png", SIGNATURE + header(3, 9, 8, 0) + good[33:])
    write("image/too_much_data.png", SIGNATURE + header(1, 1, 8, 0) + good[33:])
    write("image/bad_sum.png", good.replace(b"IDAT", b"IDAS"))
    write("image/huge.png", SIGNATURE + header(2**31 - 1, 2**31 - 1, 16, 6) + good[33:])
    write("image/wide.png", SIGNATURE + header(65535, 65535, 1, 0) + good[33:])
    write("image/no_rows.png", SIGNATURE + header(3, 0, 8, 0) + good[33:])
    write("image/bad_depth.png", SIGNATURE + header(3, 2, 3, 0) + good[33:])
    gamma, text = chunk(b"gAMA", struct.pack(">I", 45455)), chunk(b"tEXt", b"Title\0grey")
    write("image/other_chunks.png", png(grey, 8, 0, before=gamma + chunk(b"sBIT", b"\3") + text, after=text))
    write("image/long_chunk.png", good[:33] + struct.pack(">I", 0x7C000000) + b"sPLT" + good[33:])
    write("image/signature", SIGNATURE)
    ones = [(i, 200) for i in range(3)]
    plain = jpeg(8, 8, [(1, 1)], [(0, 77)])
    write("image/grey.jpg", plain)
    write("image/color.jpg", jpeg(8, 8, [(1, 1)] * 3, ones))
    write("image/half.jpg", jpeg(9, 9, [(2, 2), (1, 1), (1, 1)], [(0, 9)] * 4 + ones[1:]))
    write("image/progressive.jpg", jpeg(8, 8, [(1, 1)], [(0, 77)], progressive=True))
    write("image/cmyk.jpg", jpeg(8, 8, [(1, 1)] * 4, [(i, 5) for i in range(4)], adobe=0))
    write("image/cut.jpg", jpeg(64, 64, [(1, 1)], [(0, 77), (0, 5)])[:-4])
    write("image/no_end.jpg", plain[:-2])
    write("image/huge.jpg", jpeg(65535, 65535, [(1, 1)], [(0, 77)]))
    write("image/no_rows.jpg", jpeg(8, 0, [(1, 1)], []))
    write("image/no_tables.jpg", plain.replace(b"\xff\xc4", b"\xff\xfe"))
    write("image/no_frame.jpg", plain.replace(b"\xff\xc0", b"\xff\xfe"))
    scan = plain[plain.index(b"\xff\xda") : -2]
    many = jpeg(8, 8, [(1, 1)], [(0, 77)], progressive=True)
    write("image/many_scans.jpg", many[:-2] + scan.replace(bytes([0, 63, 0]), bytes([0, 0, 0])) * 300 + many[-2:])
    write("image/start.jpg", b"\xff\xd8\xff")
    write("image/neither", b"GIF89a")


if __name__ == "__main__":
    gzip_corpus()
    idx_corpus()
    csv_corpus()
    json_corpus()
    run_corpus()
    safetensors_corpus()
    model_file_corpus()
    checkpoint_corpus()
    npy_corpus()
    raw_corpus()
    split_corpus()
    npz_corpus()
    image_corpus()
