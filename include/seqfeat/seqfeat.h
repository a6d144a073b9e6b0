// SPDX-License-Identifier: Apache-2.0
// NOLINTBEGIN(modernize-*,cppcoreguidelines-*,readability-identifier-naming): C, not C++
#ifndef SEQFEAT_SEQFEAT_H_
#define SEQFEAT_SEQFEAT_H_

#include <stddef.h>
#include <stdint.h>

// The C interface of libseqfeat.so, for Python and every other language. examples/c_interface.c
// uses most of it.
//
// Errors   A function that can fail returns a seqfeat_status. It writes its outputs only if it
//          returns SEQFEAT_OK, except for arrays that it fills: after an error their elements may
//          be anything. seqfeat_last_error() tells the rest. No exception leaves the library.
// Handles  The caller owns a handle that a function returns through a pointer, and gives it back to
//          the function that ends in _free, which takes null too. Handles do not depend on those
//          that they were made from: free them in any order.
// Threads  Any number of threads may use one handle at the same time, except where a function says
//          otherwise. Freeing a handle that another thread uses is an error of the caller.
// Memory   A pointer that a function takes is read during the call only, except where a function
//          says otherwise. A pointer inside a result belongs to the handle that it came from.
// Streams  A `stream` is a cudaStream_t; backends on the CPU ignore it, so pass null there. A
//          function with a stream enqueues and returns; without one it waits for its work.
// Strings  Keys, names and paths are UTF-8 and end with a zero byte.
// Fork     Backends on the CPU work on in a forked child, with threads of its own. In a child of a
//          process that used CUDA, calls of its backends are SEQFEAT_DEVICE_UNAVAILABLE.

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SEQFEAT_API __attribute__((visibility("default")))
#else
#define SEQFEAT_API
#endif

// The version of this interface. Later versions add functions; this number changes only if a
// function or structure that is here today changes its meaning.
#define SEQFEAT_ABI_VERSION 1

// SEQFEAT_ABI_VERSION of the library that was loaded.
SEQFEAT_API int32_t seqfeat_abi_version(void);

// The version of the library, such as "0.1.0".
SEQFEAT_API const char* seqfeat_version(void);

// ---- Errors ----

typedef enum seqfeat_status {
  SEQFEAT_OK = 0,
  SEQFEAT_INVALID_ARGUMENT = 1,    // The caller's arguments are wrong; nothing was changed.
  SEQFEAT_DATA_ERROR = 2,          // Contents are wrong: a file, a record, an offset, a length.
  SEQFEAT_OUT_OF_MEMORY = 3,       // Memory ran out, or the request cannot fit.
  SEQFEAT_DEVICE_UNAVAILABLE = 4,  // No CUDA device can be used.
  SEQFEAT_CUDA_ERROR = 5,          // A call of the CUDA runtime failed.
  SEQFEAT_IO_ERROR = 6,            // The system refused to write.
  SEQFEAT_INTERNAL_ERROR = 7       // An error of this library.
} seqfeat_status;

// What went wrong in the last failed call of this thread. The strings live until the next failed
// call of this thread.
typedef struct seqfeat_error {
  seqfeat_status status;
  const char* message;  // What was wrong, where, what was got, what was expected.
  const char* column;   // The feature's key; null if unknown.
  const char* file;     // Null if unknown.
  int64_t row;          // Of the batch; -1 if unknown.
  int64_t record;       // Of the file, from 0; -1 if unknown.
} seqfeat_error;

SEQFEAT_API seqfeat_error seqfeat_last_error(void);

// ---- Values and ragged batches ----

typedef enum seqfeat_dtype {
  SEQFEAT_STRING = 0,
  SEQFEAT_INT8 = 1,
  SEQFEAT_INT16 = 2,
  SEQFEAT_INT32 = 3,
  SEQFEAT_INT64 = 4,
  SEQFEAT_UINT8 = 5,
  SEQFEAT_UINT16 = 6,
  SEQFEAT_UINT32 = 7,
  SEQFEAT_UINT64 = 8,
  SEQFEAT_DTYPE_FLOAT32 = 9,  // Numbers: features of numeric columns.
  SEQFEAT_DTYPE_FLOAT64 = 10
} seqfeat_dtype;

// Offsets of 32 or 64 bits: element i spans [o[i], o[i + 1]).
typedef struct seqfeat_offsets {
  const void* data;  // int64_t or int32_t [count]; null where the level is absent.
  int64_t count;     // Elements + 1; 0 where the level is absent.
  int32_t wide;      // 1: int64_t, 0: int32_t.
} seqfeat_offsets;

// Values one behind the other: strings as `byte_offsets` [count + 1] into `data`, else numbers.
typedef struct seqfeat_values {
  seqfeat_offsets byte_offsets;  // Strings only. May start anywhere inside `data`.
  const void* data;
  int64_t count;
  int64_t bytes;  // Size of `data`; strings only.
  seqfeat_dtype dtype;
} seqfeat_values;

// A batch: rows of steps of values. A step without values is a hole.
typedef struct seqfeat_ragged_view {
  seqfeat_offsets row_offsets;   // [rows + 1] into steps; starts at 0.
  seqfeat_offsets step_offsets;  // [steps + 1] into values; may be absent.
  seqfeat_values values;
  int64_t values_per_step;  // Of every step where step_offsets are absent; 0 means 1.
  int32_t on_device;        // 1: all pointers are those of a CUDA device.
  int32_t trusted;          // 1: the caller vouches for the offsets; they are not checked again.
} seqfeat_ragged_view;

// A batch that owns its memory, on the host.
typedef struct seqfeat_ragged seqfeat_ragged;

SEQFEAT_API seqfeat_ragged_view seqfeat_ragged_get(const seqfeat_ragged* ragged);
SEQFEAT_API void seqfeat_ragged_free(seqfeat_ragged* ragged);

// Checks the offsets of a batch on the host. `key` names it in messages.
//
// Errors   DATA_ERROR naming the row, the step or the value, and the offset.
SEQFEAT_API seqfeat_status seqfeat_ragged_check(const seqfeat_ragged_view* view, const char* key);

// Makes a batch from a dense array of `shape` [rank], row-major: [B], [B, T] or more, of which
// trailing dimensions become the values of a step. The empty string, -1 and an unsigned type's
// largest number are missing cells, as in TensorFlow: they leave a hole, and a row ends with its
// last cell that is not missing.
//
// Errors   INVALID_ARGUMENT naming `key`: rank 0, a negative dimension, another number of values;
//          DATA_ERROR for strings outside their bytes.
SEQFEAT_API seqfeat_status seqfeat_ragged_from_dense(const seqfeat_values* values,
                                                     const int64_t* shape, int64_t rank,
                                                     const char* key, seqfeat_ragged** out);

// Makes a batch from TensorFlow's sparse form: `indices` [values->count, rank], `shape` [rank].
//
// Errors   INVALID_ARGUMENT: rank 0, a negative dimension; DATA_ERROR: an index outside `shape`.
SEQFEAT_API seqfeat_status seqfeat_ragged_from_sparse(const seqfeat_values* values,
                                                      const int64_t* indices, const int64_t* shape,
                                                      int64_t rank, const char* key,
                                                      seqfeat_ragged** out);

// The same for a numeric column whose shape has the product `values_per_step`: in sparse tensors of
// rank 2 so many neighbouring cells are a step.
//
// Errors   As above; DATA_ERROR if shape[1] is no multiple of it, or a cell is missing.
SEQFEAT_API seqfeat_status seqfeat_ragged_from_sparse_numbers(
    const seqfeat_values* values, const int64_t* indices, const int64_t* shape, int64_t rank,
    int64_t values_per_step, const char* key, seqfeat_ragged** out);

// Makes steps of the flat rows of a numeric column whose shape has the product `numbers`: the last
// step of a row has what is left. A layer does so by itself, except with features on a device.
// Other batches come back as they are.
//
// Memory   The values stay those of `view`, which has to outlive the batch; offsets are new.
// Errors   INVALID_ARGUMENT: numbers < 1, a view on a device; DATA_ERROR for offsets that lie.
SEQFEAT_API seqfeat_status seqfeat_ragged_steps_of_numbers(const seqfeat_ragged_view* view,
                                                           int64_t numbers, const char* key,
                                                           seqfeat_ragged** out);

// ---- Arrow ----

// The structs of the Arrow C data interface; arrow_abi.hpp has them, and so has every Arrow
// library.
struct ArrowSchema;
struct ArrowArray;
struct ArrowArrayStream;

// An Arrow table, record batch or single column. arrow.hpp says what a column means, what is read
// in place and what is copied.
typedef struct seqfeat_arrow seqfeat_arrow;

// Take a schema with an array, or a stream, which is read to its end. The structs are moved: they
// come back released, even after an error.
//
// Errors   INVALID_ARGUMENT if something is released already; DATA_ERROR if structs contradict each
//          other, or with the producer's words if the stream fails.
SEQFEAT_API seqfeat_status seqfeat_arrow_from_array(struct ArrowSchema* schema,
                                                    struct ArrowArray* array, seqfeat_arrow** out);
SEQFEAT_API seqfeat_status seqfeat_arrow_from_stream(struct ArrowArrayStream* stream,
                                                     seqfeat_arrow** out);
SEQFEAT_API void seqfeat_arrow_free(seqfeat_arrow* arrow);

// The number of columns with names; -1 for a single column without one.
SEQFEAT_API int64_t seqfeat_arrow_key_count(const seqfeat_arrow* arrow);
SEQFEAT_API const char* seqfeat_arrow_key(const seqfeat_arrow* arrow, int64_t index);

// Reads the column `key`; of a single column, `key` is only its name in messages.
//
// Outputs  `depth` is the number of list levels: 0 (each row has one step), 1 or 2.
// Memory   The batch keeps Arrow's memory alive, and may outlive `arrow`.
// Errors   INVALID_ARGUMENT naming `key`: no such column, or a type without tokens; DATA_ERROR with
//          column and row: malformed structs, offsets that lie.
SEQFEAT_API seqfeat_status seqfeat_arrow_column(const seqfeat_arrow* arrow, const char* key,
                                                seqfeat_dtype of_nulls, seqfeat_ragged** out,
                                                int32_t* depth);

// Reads the column `key` as a dictionary: int64 numbers of `entries` in the rows and steps of the
// column, and the entries, so that each is hashed once. Both are null for a column without one.
//
// Errors   As seqfeat_arrow_column.
SEQFEAT_API seqfeat_status seqfeat_arrow_dictionary(const seqfeat_arrow* arrow, const char* key,
                                                    seqfeat_ragged** indices,
                                                    seqfeat_ragged** entries, int32_t* depth);

// Makes an Arrow array of a batch on the host; nothing is copied. `drop` is called with `owner`
// when the consumer has released it, on any thread; or before this returns, if it fails.
//
// Errors   INVALID_ARGUMENT for a batch on a device; DATA_ERROR for broken offsets.
SEQFEAT_API seqfeat_status seqfeat_arrow_export(const seqfeat_ragged_view* view, void* owner,
                                                void (*drop)(void* owner),
                                                struct ArrowSchema* schema,
                                                struct ArrowArray* array);

// ---- Rectangles ----

// How rows of any length become a rectangle of T steps: the options of a layer.
typedef struct seqfeat_pad_options {
  int64_t max_length;          // In steps; 0: no limit.
  int32_t truncation;          // Of longer rows: 0 an error, 1 keep_first, 2 keep_last.
  int32_t padding;             // T is 0: the longest row, 1: max_length.
  int32_t left;                // 1: padding stands on the left.
  int64_t pad_to_multiple_of;  // T is rounded up to a multiple of this; >= 1.
} seqfeat_pad_options;

// The lengths of the rows of a batch on the host after truncation, and T.
//
// Shapes   lengths [rows], which may be null.
// Errors   INVALID_ARGUMENT for options that cannot be met; DATA_ERROR for a row that is too long,
//          or broken offsets.
SEQFEAT_API seqfeat_status seqfeat_pad_sizes(const seqfeat_ragged_view* view,
                                             const seqfeat_pad_options* options, int64_t* lengths,
                                             int64_t* padded_steps);

// Writes the integers of a batch on the host as a rectangle. A slot without a value gets `fill`.
//
// Shapes   out [rows, T] of the batch's dtype, mask [rows, T] of 0 or 1 (may be null); T as
//          seqfeat_pad_sizes gave it.
// Errors   As seqfeat_pad_sizes; INVALID_ARGUMENT for strings, another T, or `fill` out of the
//          dtype's range; DATA_ERROR naming the row of a step with several values.
SEQFEAT_API seqfeat_status seqfeat_pad(const seqfeat_ragged_view* view,
                                       const seqfeat_pad_options* options, int64_t padded_steps,
                                       int64_t fill, void* out, uint8_t* mask);

// ---- Columns ----

// Columns and the options of a layer over them. It does not change.
typedef struct seqfeat_spec seqfeat_spec;

// Reads a spec, version 1, as docs/formats.md describes it.
//
// Errors   INVALID_ARGUMENT with a JSON pointer to the place.
SEQFEAT_API seqfeat_status seqfeat_spec_from_json(const char* json, size_t size,
                                                  seqfeat_spec** out);
SEQFEAT_API void seqfeat_spec_free(seqfeat_spec* spec);

// The canonical text; it ends with a newline, and a zero byte stands behind it.
SEQFEAT_API const char* seqfeat_spec_json(const seqfeat_spec* spec, size_t* size);

// The features that the columns read, ordered by key.
SEQFEAT_API int64_t seqfeat_spec_feature_count(const seqfeat_spec* spec);
SEQFEAT_API const char* seqfeat_spec_feature_key(const seqfeat_spec* spec, int64_t index);
SEQFEAT_API seqfeat_dtype seqfeat_spec_feature_dtype(const seqfeat_spec* spec, int64_t index);

// Checks one column in the form of an element of a spec's `columns`.
//
// Errors   INVALID_ARGUMENT with a JSON pointer to the place.
SEQFEAT_API seqfeat_status seqfeat_column_check(const char* json, size_t size);

// ---- Backends ----

// Where work is done.
typedef struct seqfeat_backend seqfeat_backend;

// An allocator of the caller's for everything that a backend allocates: tables, workspaces,
// outputs. `allocate` returns null where there is no memory. Both may be called from several
// threads.
typedef struct seqfeat_memory {
  void* (*allocate)(int64_t bytes, int64_t alignment, void* stream, void* context);
  void (*deallocate)(void* pointer, int64_t bytes, int64_t alignment, void* stream, void* context);
  void* context;  // Outlives every handle of the backend.
} seqfeat_memory;

// Opens "cpu", "cuda" (the first device), "cuda:N", or "auto": CUDA if there is a device, else the
// CPU. `memory` may be null.
//
// Errors   DEVICE_UNAVAILABLE with the reason; INVALID_ARGUMENT for another name or device.
SEQFEAT_API seqfeat_status seqfeat_backend_open(const char* name, const seqfeat_memory* memory,
                                                seqfeat_backend** out);
SEQFEAT_API void seqfeat_backend_free(seqfeat_backend* backend);
SEQFEAT_API const char* seqfeat_backend_name(const seqfeat_backend* backend);  // "cpu", "cuda:0"
SEQFEAT_API int32_t seqfeat_backend_on_device(const seqfeat_backend* backend);

// Hashes every value to a bucket, as TensorFlow's to_hash_bucket_fast.
//
// Shapes   ids [values->count], each in [0, hash_bucket_size).
// Memory   `values` and `ids` are in the backend's memory and outlive the work.
// Errors   INVALID_ARGUMENT if hash_bucket_size < 2; on the host DATA_ERROR for broken offsets.
SEQFEAT_API seqfeat_status seqfeat_hash_buckets(const seqfeat_backend* backend,
                                                const seqfeat_values* values,
                                                int64_t hash_bucket_size, int64_t* ids,
                                                void* stream);

// What a hash may be told beyond the number of buckets; all zeros say nothing.
typedef struct seqfeat_hash_options {
  // [2]: tokens are hashed under this key by SipHash-2-4, as TensorFlow's to_hash_bucket_strong.
  const uint64_t* salt;
  // The token that has the id 0 and leaves 1 ... num_buckets - 1 to the others, as with Keras'
  // Hashing: of strings its bytes, at most 1024; of integers the value, of a uint64 its bits.
  const char* mask_text;
  int64_t mask_size;
  const int64_t* mask_integer;
} seqfeat_hash_options;

// The same with options, which may be null, and of one bucket too.
//
// Errors   INVALID_ARGUMENT if num_buckets < 1 or the masked token is none of the values' type.
SEQFEAT_API seqfeat_status seqfeat_hash_bucket(const seqfeat_backend* backend,
                                               const seqfeat_values* values, int64_t num_buckets,
                                               const seqfeat_hash_options* options, int64_t* ids,
                                               void* stream);

// The 64-bit fingerprints themselves; otherwise the same.
SEQFEAT_API seqfeat_status seqfeat_fingerprints(const seqfeat_backend* backend,
                                                const seqfeat_values* values,
                                                uint64_t* fingerprints, void* stream);

// ---- Layers ----

// TensorFlow's SequenceFeatures: features and tables become values, lengths and a mask.
typedef struct seqfeat_layer seqfeat_layer;

typedef enum seqfeat_float_type {
  SEQFEAT_FLOAT32 = 0,
  SEQFEAT_FLOAT16 = 1,
  SEQFEAT_BFLOAT16 = 2
} seqfeat_float_type;

// A table of embedding vectors: row r starts at element r * pitch.
typedef struct seqfeat_table {
  void* data;
  int64_t rows;
  int64_t dim;
  int64_t pitch;  // 0 means dim.
  seqfeat_float_type type;
} seqfeat_table;

// Where a column's elements stand in a row of `values`.
typedef struct seqfeat_slice {
  const char* name;  // The column's full name.
  const char* key;   // The feature that it reads; of a cross, which reads several, "".
  int64_t offset;
  int64_t width;      // 0 for a column that gives ids only.
  int64_t rows;       // Of its table, or the width of an indicator; 0 for a numeric column.
  int32_t has_table;  // 1 for an embedding.
  int32_t trainable;  // 1 if its table is one to train.
} seqfeat_slice;

// Makes the layer. An embedding without a table gets one from its initializer when it is first
// needed.
//
// Errors   INVALID_ARGUMENT: two columns of one name, two dtypes for one key.
SEQFEAT_API seqfeat_status seqfeat_layer_new(const seqfeat_spec* spec,
                                             const seqfeat_backend* backend, seqfeat_layer** out);
SEQFEAT_API void seqfeat_layer_free(seqfeat_layer* layer);

SEQFEAT_API int64_t seqfeat_layer_width(const seqfeat_layer* layer);  // sum D
// The columns, in the layer's order: by full name.
SEQFEAT_API int64_t seqfeat_layer_column_count(const seqfeat_layer* layer);
SEQFEAT_API seqfeat_slice seqfeat_layer_column(const seqfeat_layer* layer, int64_t index);
// The name of a column's table, its full name or what the columns that share the table call it;
// null for a column without one.
SEQFEAT_API const char* seqfeat_layer_column_table(const seqfeat_layer* layer, int64_t index);

// Tables. The functions that change one are not for use beside any other call of the layer.

// The table that the layer uses, in the backend's memory. It is made now if there is none yet.
//
// Memory   The layer's own on the CPU lives as long as the layer, and that on a device until
//          another table takes its place.
// Errors   INVALID_ARGUMENT: no table of that name.
SEQFEAT_API seqfeat_status seqfeat_layer_table(const seqfeat_layer* layer, const char* name,
                                               seqfeat_table* out);

// Uses `table` from here on.
//
// Memory   The caller's: nothing is copied where the backend can read it, and then it outlives the
//          layer or its time in it. Host memory is copied to a device.
// Errors   INVALID_ARGUMENT naming the table: unknown, another shape, misaligned.
SEQFEAT_API seqfeat_status seqfeat_layer_bind(seqfeat_layer* layer, const char* name,
                                              const seqfeat_table* table);

// Copies `table`, which is on the host, into memory of the layer's own, and uses that.
SEQFEAT_API seqfeat_status seqfeat_layer_copy_table(seqfeat_layer* layer, const char* name,
                                                    const seqfeat_table* table);

// Copies all tables out of a safetensors file, where they have the same names. Nothing is changed
// if one is missing or does not fit.
//
// Errors   DATA_ERROR naming the file; INVALID_ARGUMENT with near names for one that is missing.
SEQFEAT_API seqfeat_status seqfeat_layer_load_tables(seqfeat_layer* layer, const char* path);

// Writes the tables of all embeddings to a safetensors file, whole or not at all.
//
// Errors   IO_ERROR naming the file and the system's reason.
SEQFEAT_API seqfeat_status seqfeat_layer_save_tables(const seqfeat_layer* layer, const char* path);

// The input of a layer: a batch for each key. Keys that the layer does not read are ignored.
typedef struct seqfeat_features {
  const char* const* keys;           // [count]
  const seqfeat_ragged_view* views;  // [count]
  int64_t count;
} seqfeat_features;

// The tensors that a layer is asked for: a sum of these. Lengths always come along.
enum {
  SEQFEAT_EMIT_VALUES = 1,
  SEQFEAT_EMIT_IDS = 2,
  SEQFEAT_EMIT_MASK = 4,
  SEQFEAT_EMIT_RAGGED = 8,  // ragged_values and row_offsets; without values and mask.
  SEQFEAT_TRAINS = 16  // Of a plan: its workspaces keep what the backward pass needs of a batch.
};

// The sizes of a batch, or of the largest one. Tokens and bytes are sums over the features.
typedef struct seqfeat_sizes {
  int64_t rows;          // B
  int64_t steps;         // S, the kept steps of all rows
  int64_t tokens;        // What comes in.
  int64_t bytes;         // Of strings.
  int64_t padded_steps;  // T
  int64_t ids;           // Tokens over all columns; -1: as many as `tokens` allows at most.
} seqfeat_sizes;

// Where a layer writes: memory in the backend's memory, without gaps, aligned for its elements.
typedef struct seqfeat_outputs {
  void* values;             // [B, T, sum D] of `type`, or null.
  int64_t* lengths;         // [B]
  uint8_t* mask;            // [B, T] of 0 or 1, or null.
  int64_t* ids;             // [sizes.ids], column behind column, or null.
  void* ragged_values;      // [S, sum D] of `type`, or null.
  int64_t* row_offsets;     // [B + 1], or null.
  seqfeat_float_type type;  // Of values; computed in float32 and rounded once.
} seqfeat_outputs;

// One way: the library allocates.

// A result that owns its memory, from the backend.
typedef struct seqfeat_batch seqfeat_batch;

// Runs the layer and waits for its work. Values are float32.
//
// Errors   INVALID_ARGUMENT naming a feature that is missing or of another dtype; DATA_ERROR for
//          broken offsets, lengths that differ between columns, rows that are too long, ids past
//          the end; OUT_OF_MEMORY naming the tensor, its shape and bytes.
SEQFEAT_API seqfeat_status seqfeat_layer_run(const seqfeat_layer* layer,
                                             const seqfeat_features* features, int32_t emit,
                                             seqfeat_batch** out);
SEQFEAT_API void seqfeat_batch_free(seqfeat_batch* batch);
SEQFEAT_API seqfeat_sizes seqfeat_batch_sizes(const seqfeat_batch* batch);
// Pointers in the backend's memory; null for a tensor that was not asked for or is empty.
SEQFEAT_API seqfeat_outputs seqfeat_batch_outputs(const seqfeat_batch* batch);
// The ids of column `index` on the host, int64, with both offsets: the kept steps, without padding.
// Only of a batch with SEQFEAT_EMIT_IDS.
SEQFEAT_API seqfeat_ragged_view seqfeat_batch_ids(const seqfeat_batch* batch, int64_t index);

// The other way: sizes first, then memory of the caller's, then work on a stream.

// The sizes of the batch that these features make. Of features on a device T is max_length.
SEQFEAT_API seqfeat_status seqfeat_layer_measure(const seqfeat_layer* layer,
                                                 const seqfeat_features* features,
                                                 seqfeat_sizes* out);

// The crosses of features that columns of the layer are of, those of the same features once. A
// device does not make their steps: where features with step_offsets are given in its memory, the
// steps of each cross are given beside them, as one more feature, called by its key.
SEQFEAT_API int64_t seqfeat_layer_cross_count(const seqfeat_layer* layer);
SEQFEAT_API const char* seqfeat_layer_cross_key(const seqfeat_layer* layer, int64_t index);
// The steps of a cross of features on the host that a measure has checked: offsets, and no data.
// They may stand in the memory of a feature, which has to outlive them.
//
// Errors   DATA_ERROR: rows of other steps, or more crossed values than can be counted.
SEQFEAT_API seqfeat_status seqfeat_layer_cross(const seqfeat_layer* layer,
                                               const seqfeat_features* features, int64_t index,
                                               seqfeat_ragged** out);

// Memory for every batch up to a capacity: elements of the outputs (ids and row_offsets are
// int64_t), and bytes of scratch memory. A tensor that is not in `emit` has size 0.
typedef struct seqfeat_plan {
  seqfeat_sizes capacity;
  int32_t emit;
  int64_t values;
  int64_t mask;
  int64_t ids;
  int64_t ragged_values;
  int64_t row_offsets;
  int64_t workspace_bytes;  // In the backend's memory.
  int64_t arena_bytes;      // On the host, page-locked for a device; a workspace has two.
} seqfeat_plan;

// Pure and exact. `emit` may have SEQFEAT_TRAINS.
//
// Errors   INVALID_ARGUMENT for a negative size, or one that overflows; DEVICE_UNAVAILABLE if the
//          backend cannot train.
SEQFEAT_API seqfeat_status seqfeat_layer_plan(const seqfeat_layer* layer,
                                              const seqfeat_sizes* capacity, int32_t emit,
                                              seqfeat_plan* out);

// Scratch memory for one batch in flight, to be used again and again by one stream and one thread
// at a time.
typedef struct seqfeat_workspace seqfeat_workspace;

// Allocates from the backend, so from `seqfeat_memory` if it was given one.
//
// Errors   OUT_OF_MEMORY.
SEQFEAT_API seqfeat_status seqfeat_workspace_new(const seqfeat_layer* layer,
                                                 const seqfeat_plan* plan, void* stream,
                                                 seqfeat_workspace** out);
SEQFEAT_API void seqfeat_workspace_free(seqfeat_workspace* workspace);

// Packs the features into the workspace, checks them on the host, and enqueues their copy to the
// device. On the CPU, features outlive the seqfeat_layer_compute that follows.
//
// Errors   As seqfeat_layer_run; INVALID_ARGUMENT if the batch is larger than the plan.
SEQFEAT_API seqfeat_status seqfeat_layer_pack(const seqfeat_layer* layer,
                                              const seqfeat_features* features,
                                              seqfeat_workspace* workspace, void* stream,
                                              seqfeat_sizes* sizes);

// Enqueues the kernels over what was packed last. Can be captured in a CUDA graph.
SEQFEAT_API seqfeat_status seqfeat_layer_compute(const seqfeat_layer* layer,
                                                 const seqfeat_outputs* outputs,
                                                 seqfeat_workspace* workspace, void* stream);

// Waits for `stream` and tells what only the device could see in the batch packed last.
//
// Errors   DATA_ERROR naming column, row and step of the first bad place.
SEQFEAT_API seqfeat_status seqfeat_workspace_check(seqfeat_workspace* workspace, void* stream);

// ---- Training ----

// The gradient of a scalar loss by the layer's values, [B, T, sum D] without gaps, or of a ragged
// batch [S, sum D], in the backend's memory.
typedef struct seqfeat_gradient {
  const void* data;
  seqfeat_float_type type;
} seqfeat_gradient;

// Checks an optimizer given as JSON (docs/formats.md).
//
// Errors   INVALID_ARGUMENT with a JSON pointer to the place.
SEQFEAT_API seqfeat_status seqfeat_optimizer_check(const char* json, size_t size);

// The state of an optimizer over the trained tables of a layer: its tensors, its step and its
// learning rate. Use it only while the layer lives, and by one thread at a time.
typedef struct seqfeat_state seqfeat_state;

// A tensor of the state, float32, in the backend's memory, without gaps.
typedef struct seqfeat_state_tensor {
  const char* table;
  const char* slot;      // "accumulator", "moment1", "moment2" or "linear".
  int64_t rows;          // Of the table.
  int64_t dim;           // Of the table; 1 where there is one number a row.
  float* data;           // Null before memory was bound or made.
  double initial_value;  // What memory of the state's own is filled with.
} seqfeat_state_tensor;

// Makes the state of an optimizer given as JSON (docs/formats.md). Tables that were not bound are
// made now; their shapes must not change afterwards.
//
// Errors   INVALID_ARGUMENT with a JSON pointer to the place, or if trained tables overlap;
//          DEVICE_UNAVAILABLE if the backend cannot train.
SEQFEAT_API seqfeat_status seqfeat_state_new(const seqfeat_layer* layer, const char* json,
                                             size_t size, seqfeat_state** out);
SEQFEAT_API void seqfeat_state_free(seqfeat_state* state);

// The trained tables. Columns that are bound to one address share a table, which is called after
// the first of them.
SEQFEAT_API int64_t seqfeat_state_table_count(const seqfeat_state* state);
SEQFEAT_API const char* seqfeat_state_table(const seqfeat_state* state, int64_t index);

SEQFEAT_API int64_t seqfeat_state_tensor_count(const seqfeat_state* state);
SEQFEAT_API seqfeat_state_tensor seqfeat_state_get(const seqfeat_state* state, int64_t index);

// Uses the caller's memory for a tensor, as it is; it outlives the state.
//
// Errors   INVALID_ARGUMENT: an unknown table or slot, null, misaligned or foreign memory.
SEQFEAT_API seqfeat_status seqfeat_state_bind(seqfeat_state* state, const char* table,
                                              const char* slot, float* memory);
// Makes and fills what was not bound, as the first use does.
SEQFEAT_API seqfeat_status seqfeat_state_complete(seqfeat_state* state);

SEQFEAT_API int64_t seqfeat_state_step(const seqfeat_state* state);  // How many updates were made.
SEQFEAT_API seqfeat_status seqfeat_state_set_step(seqfeat_state* state, int64_t step);
SEQFEAT_API double seqfeat_state_learning_rate(const seqfeat_state* state);
// From the next step on.
SEQFEAT_API seqfeat_status seqfeat_state_set_learning_rate(seqfeat_state* state, double rate);

// Counts a step. Only before the replay of a CUDA graph that holds an update: it does not count by
// itself.
SEQFEAT_API seqfeat_status seqfeat_state_advance(seqfeat_state* state, void* stream);

// Write and read one safetensors file of tables and state. Going on from there gives the same bits.
//
// Errors   IO_ERROR; DATA_ERROR for a damaged file; INVALID_ARGUMENT for one of another layer or
//          optimizer. Nothing is changed then.
SEQFEAT_API seqfeat_status seqfeat_state_save(seqfeat_state* state, const char* path, void* stream);
SEQFEAT_API seqfeat_status seqfeat_state_load(seqfeat_state* state, const char* path, void* stream);

// Calls that train a layer follow one another, and no other call of the layer runs beside them.
// They go over the batch that was computed last in a workspace whose plan has SEQFEAT_TRAINS, as
// often as one likes, until the next one is packed.

// Backward pass and one step of the optimizer in one, in place.
//
// Errors   INVALID_ARGUMENT: a workspace without a batch, or that was not planned for training; a
//          gradient that is null, misaligned or of other memory; a state of another layer.
SEQFEAT_API seqfeat_status seqfeat_layer_update(const seqfeat_layer* layer,
                                                const seqfeat_gradient* gradient,
                                                seqfeat_workspace* workspace, seqfeat_state* state,
                                                void* stream);

// Groups the ids of the batch, which needs no gradient, and which an update otherwise does first.
SEQFEAT_API seqfeat_status seqfeat_layer_prepare_update(const seqfeat_layer* layer,
                                                        seqfeat_workspace* workspace, void* stream);

// The gradient of the weights of one weighted column, of which `name` is the full name: `out` has
// room for the values of the column, as the outputs' ids number them, and is 0 for those that are
// left out of their step. It reads the values that `outputs` holds and the rows, so it comes before
// an update, and the batch's features must still be there.
//
// Errors   As seqfeat_layer_update; INVALID_ARGUMENT for another name, or null.
SEQFEAT_API seqfeat_status seqfeat_layer_weight_gradients(
    const seqfeat_layer* layer, const char* name, const seqfeat_outputs* outputs,
    const seqfeat_gradient* gradient, seqfeat_workspace* workspace, float* out, void* stream);

// The sparse gradient of one table, in the backend's memory.
typedef struct seqfeat_sparse_table {
  const char* table;
  int64_t dim;
  int64_t capacity;  // The most rows.
  int64_t* ids;      // [capacity]; the first `*count` are distinct and ascend.
  float* rows;       // [capacity, dim]
  int64_t* count;    // In the backend's memory, too.
} seqfeat_sparse_table;

// Room for the sparse gradients of all trained tables, for batches up to a capacity.
typedef struct seqfeat_sparse_gradient seqfeat_sparse_gradient;

// Errors   As seqfeat_state_new; OUT_OF_MEMORY.
SEQFEAT_API seqfeat_status seqfeat_sparse_gradient_new(const seqfeat_layer* layer,
                                                       const seqfeat_sizes* capacity, void* stream,
                                                       seqfeat_sparse_gradient** out);
SEQFEAT_API void seqfeat_sparse_gradient_free(seqfeat_sparse_gradient* sparse);
SEQFEAT_API int64_t seqfeat_sparse_gradient_count(const seqfeat_sparse_gradient* sparse);
SEQFEAT_API seqfeat_sparse_table
seqfeat_sparse_gradient_table(const seqfeat_sparse_gradient* sparse, int64_t index);

// The distinct ids of the batch and the sums of their gradients.
//
// Errors   As seqfeat_layer_update; INVALID_ARGUMENT if `sparse` is too small or of another layer.
SEQFEAT_API seqfeat_status seqfeat_layer_gradients(const seqfeat_layer* layer,
                                                   const seqfeat_gradient* gradient,
                                                   seqfeat_workspace* workspace,
                                                   seqfeat_sparse_gradient* sparse, void* stream);

// One step of the optimizer with gradients that are there already: those that
// seqfeat_layer_gradients wrote, which the caller may have scaled, or added to those of other
// batches. Tables that are not among the `count` keep their rows.
//
// Errors   INVALID_ARGUMENT naming the table: unknown, twice, another dim, null or misaligned,
//          on the host ids that do not ascend or are past the end; a state of another layer.
SEQFEAT_API seqfeat_status seqfeat_layer_apply(const seqfeat_layer* layer,
                                               const seqfeat_sparse_table* tables, int64_t count,
                                               seqfeat_state* state, void* stream);

// ---- Batches for compiled programs, and XLA's handlers ----

// The largest batch that is packed. Steps, values and bytes are those of the feature that has the
// most; rows count whole, as they are before the layer cuts them.
typedef struct seqfeat_packed_capacity {
  int64_t rows;
  int64_t steps;
  int64_t values;
  int64_t bytes;  // Of strings.
} seqfeat_packed_capacity;

// The bytes of every batch that the layer packs for this capacity.
//
// Errors   INVALID_ARGUMENT for a negative size, or one that overflows.
SEQFEAT_API seqfeat_status seqfeat_packed_bytes(const seqfeat_layer* layer,
                                                const seqfeat_packed_capacity* capacity,
                                                int64_t* out);

// Checks features on the host, as seqfeat_layer_run does, and writes them as `shards` arrays of
// bytes, one behind the other: each has as many rows as the capacity, in order, and behind the last
// row of the batch empty ones. `sizes` may be null; it gets those of the batch.
//
// Shapes   batch [shards, seqfeat_packed_bytes], which holds zeros.
// Errors   As seqfeat_layer_run; INVALID_ARGUMENT naming the feature that is larger than the
//          capacity, and by how much.
SEQFEAT_API seqfeat_status seqfeat_layer_pack_batch(const seqfeat_layer* layer,
                                                    const seqfeat_features* features,
                                                    const seqfeat_packed_capacity* capacity,
                                                    int64_t shards, void* batch,
                                                    seqfeat_sizes* sizes);

// Handlers of XLA's FFI (its versions 0.x), for the platforms "cpu" and, those that end in _cuda,
// "CUDA". Attributes: "spec", the JSON of a spec with padding max_length, and the int64s "rows",
// "steps", "values", "bytes" of the capacity. Arguments: a packed batch (uint8), and all tables in
// the layer's order of columns. An int64 is two halves of 32 bits, the lower one first, for
// programs without 64 bits. Errors become XLA's, with their messages.
struct XLA_FFI_CallFrame;
struct XLA_FFI_Error;

// Results: values [rows, T, sum D] of float32, lengths [rows, 2], mask [rows, T].
SEQFEAT_API struct XLA_FFI_Error* seqfeat_xla_forward(struct XLA_FFI_CallFrame* frame);
SEQFEAT_API struct XLA_FFI_Error* seqfeat_xla_forward_cuda(struct XLA_FFI_CallFrame* frame);

// The batch is followed by the gradient of a loss by the values, and the tables by an array of
// zeros for each trainable one. Results: in place of these, so aliased to them, the loss's
// gradients by the trainable tables, of float32: rows of ids of the batch are written, others stay.
SEQFEAT_API struct XLA_FFI_Error* seqfeat_xla_gradient(struct XLA_FFI_CallFrame* frame);

// The same without the zeros, as three results a table: ids [n, 2], distinct and ascending, their
// rows [n, D], and [1, 2], how many there are; what stands behind them is undefined. n is at least
// the lesser of the table's rows and the values that read it.
SEQFEAT_API struct XLA_FFI_Error* seqfeat_xla_sparse_gradient(struct XLA_FFI_CallFrame* frame);
SEQFEAT_API struct XLA_FFI_Error* seqfeat_xla_sparse_gradient_cuda(struct XLA_FFI_CallFrame* frame);

// ---- Records ----

typedef enum seqfeat_record_kind {
  SEQFEAT_EXAMPLE = 0,
  SEQFEAT_SEQUENCE_EXAMPLE = 1
} seqfeat_record_kind;

// What to parse: features of variable length, and keys with exactly one value a record.
typedef struct seqfeat_parse_spec {
  const char* const* keys;  // [count], no two alike
  const seqfeat_dtype* dtypes;
  int64_t count;
  const char* const* keep;  // [keep_count]; of a SequenceExample, from its context.
  int64_t keep_count;
  seqfeat_record_kind kind;
} seqfeat_parse_spec;

typedef enum seqfeat_kept_kind {
  SEQFEAT_KEPT_INT64 = 0,
  SEQFEAT_KEPT_FLOAT = 1,
  SEQFEAT_KEPT_BYTES = 2
} seqfeat_kept_kind;

// The kept values of one key.
typedef struct seqfeat_kept {
  seqfeat_kept_kind kind;
  int64_t count;
  const void* data;             // int64_t or float [count], or the bytes.
  const int64_t* byte_offsets;  // [count + 1]; of bytes only.
} seqfeat_kept;

// Parsed rows, on the host.
typedef struct seqfeat_rows seqfeat_rows;

SEQFEAT_API void seqfeat_rows_free(seqfeat_rows* rows);
SEQFEAT_API int64_t seqfeat_rows_count(const seqfeat_rows* rows);
// The batch of key `index` of the parse spec.
SEQFEAT_API seqfeat_ragged_view seqfeat_rows_feature(const seqfeat_rows* rows, int64_t index);
SEQFEAT_API seqfeat_kept seqfeat_rows_kept(const seqfeat_rows* rows, int64_t index);

// Parses serialized records: TensorFlow's parse_example.
//
// Shapes   records [count] of sizes [count] bytes.
// Errors   DATA_ERROR naming the row and the feature: malformed, values of another kind or out of
//          the dtype's range. INVALID_ARGUMENT for two keys alike.
SEQFEAT_API seqfeat_status seqfeat_parse_records(const seqfeat_parse_spec* spec,
                                                 const char* const* records, const size_t* sizes,
                                                 int64_t count, seqfeat_rows** out);

// A stream of batches from TFRecord files. A thread of its own reads and parses up to two batches
// ahead. For one thread at a time.
typedef struct seqfeat_reader seqfeat_reader;

typedef struct seqfeat_reader_options {
  int64_t batch_size;      // >= 1
  int64_t shuffle_buffer;  // Records among which the next one is drawn; 0: in order.
  uint64_t seed;           // Of shuffling: the same seed gives the same order everywhere.
  int64_t skip_rows;       // Rows that were read before: goes on behind them.
  int32_t drop_last;       // 1: leaves out a last batch that is not full.
} seqfeat_reader_options;

// Files are one stream in the order given; gzip and zlib are recognised.
//
// Errors   INVALID_ARGUMENT for options. A missing file is found when it is read.
SEQFEAT_API seqfeat_status seqfeat_reader_new(const char* const* paths, int64_t path_count,
                                              const seqfeat_parse_spec* spec,
                                              const seqfeat_reader_options* options,
                                              seqfeat_reader** out);
// The next batch, or null at the end. After an error it gives the same error again.
//
// Errors   DATA_ERROR naming file, record and feature. INVALID_ARGUMENT in a forked child.
SEQFEAT_API seqfeat_status seqfeat_reader_next(seqfeat_reader* reader, seqfeat_rows** out);
// Waits for the reader's thread. In a forked child, which has no such thread, it does nothing.
SEQFEAT_API void seqfeat_reader_free(seqfeat_reader* reader);

// ---- Whole runs, and the program ----

// Who opens files of columns, Parquet and Arrow IPC, which this library does not read itself. One
// thread at a time calls these functions, not always the same. After one that fails `last_error`
// says why: DATA_ERROR of contents, IO_ERROR of a file that cannot be read at all, INVALID_ARGUMENT
// where no such file can.
typedef struct seqfeat_arrow_files {
  // The size of a file, which has to be there.
  seqfeat_status (*size)(void* context, const char* name, int64_t* bytes);
  // Opens a file of `format`, "parquet" or "arrow": a stream of tables with `columns` [count],
  // whose rows come in the file's order.
  seqfeat_status (*open)(void* context, const char* name, const char* format,
                         const char* const* columns, int64_t count, struct ArrowArrayStream* out);
  // The strings live until the next call.
  seqfeat_error (*last_error)(void* context);
  const char* filter;  // Words for which rows the streams have; null if all.
  void* context;       // Outlives the run.
} seqfeat_arrow_files;

// A tensor of a part, row-major on the host. It lives during the call.
typedef struct seqfeat_tensor {
  const char* name;
  const char* dtype;     // "F32", "I64", "U8" or "BOOL".
  const int64_t* shape;  // [rank]
  int64_t rank;
  const void* data;
  int64_t bytes;
} seqfeat_tensor;

// Who writes parts in a form that this library has not. One thread at a time calls these functions,
// not always the same. The bytes have to be the same for the same tensors.
typedef struct seqfeat_part_form {
  const char* ending;  // ".parquet", ".arrow" or ".npz".
  // Gives the bytes of a part's file to `write`, one piece behind the other.
  seqfeat_status (*encode)(void* context, const seqfeat_tensor* tensors, int64_t count,
                           void (*write)(void* sink, const void* bytes, int64_t size), void* sink);
  // Why `encode` failed. The strings live until the next call.
  seqfeat_error (*last_error)(void* context);
  void* context;  // Outlives the run.
} seqfeat_part_form;

// A run as the program's command `run` makes it: files in; parts and a manifest out.
typedef struct seqfeat_run seqfeat_run;

// Makes a run of a spec (JSON), which is not begun yet. `argv` [argc] are the arguments of the
// command but for the spec; the first one is the command's name. `files` and `form` may be null.
// One more argument, which the command has not, is `--publish DIR`: at the end of the input the run
// writes no manifest of its own, but moves the parts and the manifest of the finished run in DIR,
// on the same file system, to its output. It holds the output's lock all the time.
//
// Errors   INVALID_ARGUMENT for a spec or arguments that cannot be read, or a form of another
//          ending.
SEQFEAT_API seqfeat_status seqfeat_run_new(const char* spec, size_t size, int argc,
                                           const char* const* argv,
                                           const seqfeat_arrow_files* files,
                                           const seqfeat_part_form* form, seqfeat_run** out);
// Does the work, once, and returns when it is finished or stopped.
//
// Errors   INVALID_ARGUMENT for arguments, tables or a directory; DATA_ERROR for input, with file,
//          record and column; IO_ERROR, OUT_OF_MEMORY, DEVICE_UNAVAILABLE, CUDA_ERROR. Only whole
//          parts remain.
SEQFEAT_API seqfeat_status seqfeat_run_work(seqfeat_run* run);
// Lets it finish the part at hand and stop there. It can be gone on with.
SEQFEAT_API void seqfeat_run_stop(seqfeat_run* run);
// How far it is, as the object that `run --json` prints; `status` is "running" until it has ended,
// and "failed" after an error. Valid until the next call, of which one thread at a time makes any.
SEQFEAT_API seqfeat_status seqfeat_run_report(seqfeat_run* run, const char** json);
// Not while it works.
SEQFEAT_API void seqfeat_run_free(seqfeat_run* run);

// The program `seqfeat` as a function of its arguments: returns its exit code. Meant for a process
// of its own, because it changes what signals and malloc do.
SEQFEAT_API int seqfeat_main(int argc, char** argv);
// The same where somebody opens files of columns for it. `files` may be null.
SEQFEAT_API int seqfeat_main_with(int argc, char** argv, const seqfeat_arrow_files* files);

#ifdef __cplusplus
}
#endif

#endif  // SEQFEAT_SEQFEAT_H_
// NOLINTEND(modernize-*,cppcoreguidelines-*,readability-identifier-naming)
