import { addElsewhere, addOtherNames } from '../options.ts';

/** Makes the names that options of training have in PyTorch and Hugging Face known to error messages. */
export function addTrainingNames(): void {
  addElsewhere({ learningRate: 'it is an option of the optimizers of @headwise/core/train' });
  addOtherNames({
    lr: 'learningRate',
    eps: 'epsilon',
    alpha: 'loraAlpha',
    rank: 'r',
    max_seq_length: 'blockSize',
    eos_token_id: 'endOfTextId',
    max_length: 'maxTokensPerBatch',
    num_train_epochs: 'epochs',
    num_epochs: 'epochs',
    per_device_train_batch_size: 'batchSize',
    gradient_accumulation_steps: 'gradientAccumulation',
    lr_scheduler_type: 'schedule',
    num_warmup_steps: 'warmupSteps',
    num_training_steps: 'totalSteps',
    train_dataset: 'trainExamples',
    eval_dataset: 'evalExamples',
    eval_steps: 'evaluateEvery',
    save_steps: 'every',
    save_total_limit: 'keep',
    compute_metrics: 'evaluate',
    optim: 'optimizer',
    model: 'trainable',
    mlm_probability: 'probability',
    temperature: 'scale',
  });
}
