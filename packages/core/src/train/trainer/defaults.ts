/** Defaults of Hugging Face's `TrainingArguments`. */
export const DEFAULT_SEED = 42;
export const DEFAULT_BATCH_SIZE = 8;
export const DEFAULT_LEARNING_RATE = 5e-5;
