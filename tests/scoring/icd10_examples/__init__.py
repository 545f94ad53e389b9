"""Answers with ICD-10-CM codes in every written form, each with the codes that it assigns, in their order.

`EXAMPLES` of each module are pairs of an answer and its codes, divided by blanks; "" where it assigns none.
"""
