# SPDX-License-Identifier: Apache-2.0
"""train_torch.py [TFRECORD [DIRECTORY [EPOCHS]]]

Learns to guess which symbol stands next in a formula of set.mm from the ten before it: our layer in
front of a small GRU, on a CUDA device if there is one. Prints the loss of each epoch, and the
accuracy on rows that it never trained on beside that of always guessing the most frequent symbol.
Goes on from DIRECTORY/model.pt if it is there; plots DIRECTORY/loss.png where matplotlib is.
"""

import pathlib
import sys
import tempfile

import torch
from torch import nn
from torch.utils.data import DataLoader

import seqfeat as sf
import seqfeat.torch as sft

SAMPLE = pathlib.Path(__file__).parents[2] / "data" / "set_mm_sample.tfrecord"


class Model(nn.Module):
    """Symbols -> vectors -> a GRU -> the next symbol."""

    def __init__(self, spec, classes):
        super().__init__()
        self.layer = sft.SequenceFeatures(spec, gradient="fused")
        self.gru = nn.GRU(self.layer.width, 64, batch_first=True)
        self.head = nn.Linear(64, classes)

    def forward(self, batch):
        values, lengths, _ = self.layer(batch)
        steps, _ = self.gru(values)
        last = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, steps.shape[2])
        return self.head(steps.gather(1, last)[:, 0])


def rows_of(path, spec):
    """Rows for `sft.collate`: ten symbols, and the number of the one behind them; 16: a rare one."""
    found = []
    for features, _ in sf.read_tfrecords(path, spec, batch_size=4096):
        found += [row for row in features["tokens"].to_list() if len(row) > 10]
    counts: dict = {}
    for row in found:
        counts[row[10]] = counts.get(row[10], 0) + 1
    frequent = sorted(counts, key=lambda symbol: (-counts[symbol], symbol))[:16]
    numbers = {symbol: number for number, symbol in enumerate(frequent)}
    return [{"tokens": row[:10], "label": numbers.get(row[10], 16)} for row in found]


def accuracy(model, loader, device):
    right = count = 0
    with torch.inference_mode():
        for batch, kept in loader:
            guessed = model(batch.to(device)).argmax(1)
            right += int((guessed == kept["label"].to(device)).sum())
            count += batch.rows
    return right / count


def main(path=SAMPLE, folder=None, epochs=3):
    folder = pathlib.Path(folder or tempfile.mkdtemp())
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(0)
    tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
    spec = sf.Spec([sf.embedding_column(tokens, 16)], max_length=10)
    rows = rows_of(path, spec)
    split = len(rows) * 4 // 5
    collate = sft.collate(spec, keep=["label"])
    training = DataLoader(rows[:split], batch_size=128, shuffle=True, collate_fn=collate)
    held_out = DataLoader(rows[split:], batch_size=256, collate_fn=collate)

    model = Model(spec, 17).to(device)
    tables = sft.optim.Adam(model.layer.parameters(), lr=5e-3)
    dense = torch.optim.Adam([*model.gru.parameters(), *model.head.parameters()], lr=5e-3)
    losses = []
    checkpoint = folder / "model.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location=device)
        model.load_state_dict(saved["model"])
        tables.load_state_dict(saved["tables"])
        dense.load_state_dict(saved["dense"])
        losses = saved["losses"]
        print(f"going on behind epoch {len(losses)}")

    for epoch in range(len(losses), int(epochs)):
        total = torch.zeros((), device=device)
        for batch, kept in training:
            tables.zero_grad()
            dense.zero_grad()
            loss = nn.functional.cross_entropy(model(batch.to(device)), kept["label"].to(device))
            loss.backward()
            sft.clip_grad_norm_(model.parameters(), 1.0)
            tables.step()
            dense.step()
            total += loss.detach()
        losses.append(float(total) / len(training))
        print(f"epoch {epoch + 1}: loss {losses[-1]:.3f}")
        torch.save(
            {
                "model": model.state_dict(),
                "tables": tables.state_dict(),
                "dense": dense.state_dict(),
                "losses": losses,
            },
            checkpoint,
        )

    majority = sum(row["label"] == 0 for row in rows[split:]) / len(rows[split:])
    reached = accuracy(model, held_out, device)
    print(f"accuracy {reached:.3f} on {device}, of the most frequent symbol {majority:.3f}")
    plot(losses, folder)
    assert reached > majority


def plot(losses, folder):
    try:
        import matplotlib
    except ImportError:
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.plot(range(1, len(losses) + 1), losses, marker="o")
    pyplot.xlabel("epoch")
    pyplot.ylabel("loss")
    pyplot.savefig(folder / "loss.png")
    print(f"see {folder / 'loss.png'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
