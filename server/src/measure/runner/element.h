/* Tensor elements: types, random values (the same as in fill.ts, bit for bit), comparison. */
#ifndef ANSOR_ELEMENT_H
#define ANSOR_ELEMENT_H
#include <stddef.h>
#include <stdint.h>

/* Order as in wire.ts. */
enum dtype { D_F32, D_F16, D_BF16, D_F64, D_I8, D_U8, D_I16, D_I32, D_I64, D_BOOL, D_U16, D_U32, D_U64, D_COUNT };
size_t dtype_bytes(int dtype);

/* Element i of a tensor as a number. */
double element_get(const void *data, int dtype, uint64_t i);
/* Loops around elements that do not follow each other row-major, outermost first: each iteration moves `step` positions on. No loops: row-major. */
struct order_loop { uint64_t extent, step; };
struct order { uint32_t count; struct order_loop *loops; };
enum { MAX_ORDER = 64 };
/* Do the loops visit that many elements? */
int order_fits(const struct order *o, uint64_t elements);
/* Fills with values of [low, high) (integers: of low..high), a function of (seed, position in the row-major tensor) alone. */
void fill_random(void *data, int dtype, uint64_t bytes, uint32_t seed, double low, double high, const struct order *o);

struct comparison { uint64_t mismatches, at; double max_abs, got, expected; };
/* Elements with |got - expected| > atol + rtol * |expected|; NaN equals NaN only. `at` is the first of them. */
struct comparison compare(const void *got, const void *expected, int dtype, uint64_t bytes, double atol, double rtol);
#endif
