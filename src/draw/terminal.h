/*
 * terminal.h
 *		A cohort table for a terminal: text with shaded cells.
 */
#ifndef RETENTION_TERMINAL_H
#define RETENTION_TERMINAL_H

#include "draw/grid.h"

/* Passes on each line of the table, which is not kept. */
typedef void (*TerminalPut) (void *argument, const char *line);
extern void terminal_heatmap(CohortGrid *grid, TerminalPut put_line, void *argument);

#endif							/* RETENTION_TERMINAL_H */
