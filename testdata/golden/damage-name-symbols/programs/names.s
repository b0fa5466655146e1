# as names.s -o milvus; strip -x milvus: a program's table of names, without its code
	.text
	.globl _ZNK6milvus12ColumnVector10GetRawDataEv, _ZN6milvus4exec15PhyRescoresNode9GetOutputEv
	.globl _ZN6milvus5cache9PinPagesAEv, _ZN6milvus5cache9PinPagesBEv
	.type _ZNK6milvus12ColumnVector10GetRawDataEv, @function
	.type _ZN6milvus4exec15PhyRescoresNode9GetOutputEv, @function
	.type _ZN6milvus5cache9PinPagesAEv, @function
	.type _ZN6milvus5cache9PinPagesBEv, @function
_ZNK6milvus12ColumnVector10GetRawDataEv: nop
_ZN6milvus4exec15PhyRescoresNode9GetOutputEv: nop
_ZN6milvus5cache9PinPagesAEv: nop
_ZN6milvus5cache9PinPagesBEv: nop
