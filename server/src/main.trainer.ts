/** Program of the thread that trains cost models. */
import { parentPort, workerData } from 'node:worker_threads';
import { answerTraining, type TrainerData, type Training } from './session/tune/trainer.js';

const data = workerData as TrainerData;
parentPort?.on('message', (training: Training) => parentPort?.postMessage(answerTraining(training, data)));
