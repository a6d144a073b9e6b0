// SPDX-License-Identifier: Apache-2.0
// The header under test is the only include, given on the command line.
