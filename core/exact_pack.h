/*
 * Exact contents as bytes and back, for blocks in logs: compact, and of this process family only.
 * What crosses machines is the canonical text (crunch_exact_encode). A field that struct
 * crunch_exact gains beyond its counts, sums and extremes is to be added here too.
 */
#ifndef CRUNCH_CORE_EXACT_PACK_H
#define CRUNCH_CORE_EXACT_PACK_H

#include "core/bytes.h"
#include "core/joint.h"

/* Appends *exact. */
void crunch_exact_pack(struct crunch_bytes *out, const struct crunch_exact *exact);

/* Reads what crunch_exact_pack wrote into *exact, which is freshly initialised with the same
 * arithmetic and needs; returns the place behind it. */
const unsigned char *crunch_exact_unpack(const unsigned char *from, struct crunch_exact *exact);

/* The same of a joint content: unpacked into one initialised with the same columns and squares, and
 * empty. */
void crunch_joint_pack(struct crunch_bytes *out, const struct crunch_joint *joint);
const unsigned char *crunch_joint_unpack(const unsigned char *from, struct crunch_joint *joint);

#endif
