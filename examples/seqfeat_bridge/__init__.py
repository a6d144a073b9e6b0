# SPDX-License-Identifier: Apache-2.0
"""What tables_from_tensorflow.py and spec_from_tensorflow.py share: reading models of TensorFlow, naming columns, writing files whole or not at all."""
