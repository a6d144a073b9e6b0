// SPDX-License-Identifier: Apache-2.0
// The C interface: two rows of words become values, lengths and a mask, in memory of this program.
// The layer says how much memory that is before it runs. Then it learns a step.
#include <seqfeat/seqfeat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(seqfeat_status status) {
  if (status == SEQFEAT_OK) return;
  const seqfeat_error error = seqfeat_last_error();
  fprintf(stderr, "c_interface: %s (row %lld)\n", error.message, (long long)error.row);
  exit(1);
}

// The rows "sea cloud sea" and "wind", as offsets into each other.
static const char kBytes[] = "seacloudseawind";
static const int64_t kByteOffsets[] = {0, 3, 8, 11, 15};
static const int64_t kRowOffsets[] = {0, 3, 4};

static seqfeat_ragged_view words(void) {
  seqfeat_ragged_view view;
  memset(&view, 0, sizeof view);  // no step offsets: every step has one value
  view.row_offsets = (seqfeat_offsets){kRowOffsets, 3, 1};
  view.values.byte_offsets = (seqfeat_offsets){kByteOffsets, 5, 1};
  view.values.data = kBytes;
  view.values.count = 4;
  view.values.bytes = sizeof kBytes - 1;
  view.values.dtype = SEQFEAT_STRING;
  return view;
}

static const char kSpec[] =
    "{\"version\": 1, \"columns\": [{\"type\": \"embedding_column\", \"dimension\": 2,"
    " \"categorical_column\": {\"type\": \"sequence_categorical_column_with_hash_bucket\","
    " \"key\": \"words\", \"hash_bucket_size\": 1000}}]}";

// A layer whose table has the bucket's number in both columns.
static seqfeat_layer* make_layer(float* table) {
  seqfeat_spec* spec = NULL;
  seqfeat_backend* backend = NULL;
  seqfeat_layer* layer = NULL;
  check(seqfeat_spec_from_json(kSpec, sizeof kSpec - 1, &spec));
  check(seqfeat_backend_open("cpu", NULL, &backend));
  check(seqfeat_layer_new(spec, backend, &layer));
  for (int i = 0; i < 2000; ++i) table[i] = (float)(i / 2);
  const seqfeat_table view = {table, 1000, 2, 2, SEQFEAT_FLOAT32};
  check(seqfeat_layer_bind(layer, "words_embedding", &view));
  seqfeat_spec_free(spec);  // the layer needs neither of them any more
  seqfeat_backend_free(backend);
  return layer;
}

static void print_rows(const seqfeat_sizes* sizes, const seqfeat_outputs* outputs) {
  const float* values = outputs->values;
  for (int64_t row = 0; row < sizes->rows; ++row) {
    printf("%lld steps:", (long long)outputs->lengths[row]);
    for (int64_t t = 0; t < sizes->padded_steps; ++t) {
      const int64_t slot = row * sizes->padded_steps + t;
      if (outputs->mask[slot]) {
        printf(" %g", (double)values[2 * slot]);
      } else {
        printf(" -");
      }
    }
    printf("\n");
  }
}

// One step of plain gradient descent, with a gradient of 1 for every element of `values`: a row
// goes down by the learning rate for each word that has it.
static int train(const seqfeat_layer* layer, const seqfeat_features* features, float* table,
                 int64_t bucket) {
  static const char kSgd[] = "{\"type\": \"sgd\", \"learning_rate\": 0.25}";
  seqfeat_sizes sizes;
  seqfeat_plan plan;
  seqfeat_workspace* workspace = NULL;
  seqfeat_state* state = NULL;
  check(seqfeat_layer_measure(layer, features, &sizes));
  check(seqfeat_layer_plan(layer, &sizes, SEQFEAT_EMIT_VALUES | SEQFEAT_TRAINS, &plan));
  check(seqfeat_workspace_new(layer, &plan, NULL, &workspace));
  check(seqfeat_state_new(layer, kSgd, sizeof kSgd - 1, &state));

  seqfeat_outputs outputs;
  memset(&outputs, 0, sizeof outputs);
  outputs.values = malloc((size_t)plan.values * sizeof(float));
  outputs.lengths = malloc((size_t)sizes.rows * sizeof(int64_t));
  check(seqfeat_layer_pack(layer, features, workspace, NULL, &sizes));
  check(seqfeat_layer_compute(layer, &outputs, workspace, NULL));

  float* ones = malloc((size_t)plan.values * sizeof(float));
  for (int64_t i = 0; i < plan.values; ++i) ones[i] = 1;
  const seqfeat_gradient gradient = {ones, SEQFEAT_FLOAT32};
  const float before = table[2 * bucket];
  check(seqfeat_layer_update(layer, &gradient, workspace, state, NULL));
  printf("step %lld: %g -> %g\n", (long long)seqfeat_state_step(state), (double)before,
         (double)table[2 * bucket]);

  free(ones);
  free(outputs.values);
  free(outputs.lengths);
  seqfeat_state_free(state);
  seqfeat_workspace_free(workspace);
  return table[2 * bucket] == before - 0.5F;  // the word occurs twice
}

int main(void) {
  static float table[2000];
  seqfeat_layer* layer = make_layer(table);
  const char* key = "words";
  const seqfeat_ragged_view view = words();
  const seqfeat_features features = {&key, &view, 1};

  // Sizes first,
  seqfeat_sizes sizes;
  seqfeat_plan plan;
  check(seqfeat_layer_measure(layer, &features, &sizes));
  check(seqfeat_layer_plan(layer, &sizes, SEQFEAT_EMIT_VALUES | SEQFEAT_EMIT_MASK, &plan));

  // then memory of ours,
  seqfeat_outputs outputs;
  memset(&outputs, 0, sizeof outputs);
  outputs.values = malloc((size_t)plan.values * sizeof(float));
  outputs.lengths = malloc((size_t)sizes.rows * sizeof(int64_t));
  outputs.mask = malloc((size_t)plan.mask);
  seqfeat_workspace* workspace = NULL;
  check(seqfeat_workspace_new(layer, &plan, NULL, &workspace));

  // then the work, which is one call for every batch up to these sizes.
  check(seqfeat_layer_pack(layer, &features, workspace, NULL, &sizes));
  check(seqfeat_layer_compute(layer, &outputs, workspace, NULL));
  check(seqfeat_workspace_check(workspace, NULL));
  print_rows(&sizes, &outputs);

  // The first value is the bucket, so it is what hashing gives.
  int64_t buckets[4];
  seqfeat_backend* backend = NULL;
  check(seqfeat_backend_open("cpu", NULL, &backend));
  check(seqfeat_hash_buckets(backend, &view.values, 1000, buckets, NULL));
  const float* values = outputs.values;
  const int same = sizes.rows == 2 && sizes.padded_steps == 3 && outputs.lengths[1] == 1 &&
                   values[0] == (float)buckets[0] && values[2] == (float)buckets[1] &&
                   values[4] == values[0] && values[6] == (float)buckets[3] && values[8] == 0;

  // Errors tell what is wrong and where.
  const seqfeat_status status = seqfeat_hash_buckets(backend, &view.values, 1, buckets, NULL);
  const int refused = status == SEQFEAT_INVALID_ARGUMENT &&
                      strstr(seqfeat_last_error().message, "hash_bucket_size") != NULL;
  printf("refused: %s\n", seqfeat_last_error().message);

  const int learnt = train(layer, &features, table, buckets[0]);

  seqfeat_backend_free(backend);
  seqfeat_workspace_free(workspace);
  seqfeat_layer_free(layer);
  free(outputs.values);
  free(outputs.lengths);
  free(outputs.mask);
  return same && refused && learnt ? 0 : 1;
}
